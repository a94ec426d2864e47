/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * libvgetrandom for C++: a generator for the distributions and algorithms of the standard
 * library. C++11 or later; satisfies std::uniform_random_bit_generator of C++20.
 *
 *	vgetrandom_urbg64 random;
 *	std::uniform_int_distribution<int> die(1, 6);
 *	int roll = die(random);
 *	std::shuffle(deck.begin(), deck.end(), random);
 *
 * An object holds nothing: no seed, no state, nothing to copy or to lose at a fork. All of
 * them draw from the calling thread's state in the library, so any thread may use any object,
 * and all objects are interchangeable. It is not a standard random number *engine*: it cannot be
 * seeded, and its output is not reproducible.
 *
 * Nothing throws. If the system has no random numbers, the library calls abort(), as documented for
 * vgetrandom_arc4random_buf().
 */
#ifndef VGETRANDOM_URBG_HPP
#define VGETRANDOM_URBG_HPP

#include <cstdint>
#include <limits>
#include <type_traits>
#include <vgetrandom/vgetrandom.h>

/*
 * @Number: what a call returns, an unsigned integer; each value is equally likely
 */
template <typename Number> struct vgetrandom_urbg {
	static_assert(std::is_unsigned<Number>::value && !std::is_same<Number, bool>::value,
		      "vgetrandom_urbg makes unsigned integers");

	using result_type = Number;

	static constexpr result_type(min)() noexcept
	{
		return 0;
	}

	static constexpr result_type(max)() noexcept
	{
		return (std::numeric_limits<result_type>::max)();
	}

	result_type operator()() const noexcept
	{
		result_type number;

		vgetrandom_arc4random_buf(&number, sizeof(number));
		return number;
	}
};

using vgetrandom_urbg32 = vgetrandom_urbg<std::uint32_t>;
using vgetrandom_urbg64 = vgetrandom_urbg<std::uint64_t>;

#endif
