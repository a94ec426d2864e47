// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * A C++ program that uses the installed library through the standard library: C++11 and later.
 *
 * Exit status 0, or 1 with a line that says what was wrong.
 */
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <random>
#include <set>
#include <type_traits>
#include <vector>
#include <vgetrandom/urbg.hpp>

template <typename Generator, typename Number> void expect_requirements()
{
	static_assert(std::is_same<typename Generator::result_type, Number>::value, "result_type");
	static_assert(Generator::min() == 0, "min");
	static_assert(Generator::max() == std::numeric_limits<Number>::max(), "max");
	static_assert(noexcept(std::declval<Generator &>()()), "nothing throws");
	static_assert(std::is_empty<Generator>::value, "nothing is stored");
#if __cplusplus >= 202002L
	static_assert(std::uniform_random_bit_generator<Generator>, "the concept");
	static_assert(std::uniform_random_bit_generator<const Generator>, "no state to change");
#endif
}

static void expect(bool holds, const char *what)
{
	if (!holds) {
		std::fprintf(stderr, "consumer.cpp: not so: %s\n", what);
		std::exit(1);
	}
}

/* All six come up in 1000 throws, but for one run in 10^78. */
static void throw_dice()
{
	vgetrandom_urbg32 random;
	std::uniform_int_distribution<int> die(1, 6);
	std::set<int> seen;

	for (int i = 0; i < 1000; i++)
		seen.insert(die(random));
	expect(seen == std::set<int>({ 1, 2, 3, 4, 5, 6 }), "a die shows 1 to 6, and all of them");
}

static void shuffle()
{
	std::vector<int> sorted(100), deck;

	for (int i = 0; i < 100; i++)
		sorted[i] = i;
	deck = sorted;
	std::shuffle(deck.begin(), deck.end(), vgetrandom_urbg64());
	expect(deck != sorted, "shuffling changes the order");
	std::sort(deck.begin(), deck.end());
	expect(deck == sorted, "shuffling keeps the cards");
}

/* Every bit of a number is random: in 1000 numbers each is 1 once, and 0 once. */
template <typename Number> void draw()
{
	const vgetrandom_urbg<Number> random{};
	Number ones = 0, zeros = 0;

	for (int i = 0; i < 1000; i++) {
		Number number = random();

		ones |= number;
		zeros |= static_cast<Number>(~number);
	}
	expect(ones == random.max() && zeros == random.max(), "each bit is 0 and 1 at times");
}

int main()
{
	expect_requirements<vgetrandom_urbg32, std::uint32_t>();
	expect_requirements<vgetrandom_urbg64, std::uint64_t>();
	expect_requirements<vgetrandom_urbg<unsigned char>, unsigned char>();
	throw_dice();
	shuffle();
	draw<std::uint32_t>();
	draw<std::uint64_t>();
	draw<unsigned short>();
	return 0;
}
