/* SPDX-License-Identifier: GPL-2.0-only OR MIT */
/*
 * As much of Criterion as tests/system uses, for a libc that Debian has no Criterion for. Each test
 * is a process of its own; the first assertion that fails ends it.
 */
#ifndef VGT_CRITERION_H
#define VGT_CRITERION_H

#include <string.h>

struct vgt_test {
	const char *suite, *name;
	void (*run)(void);
	struct vgt_test *next;
};

void vgt_register(struct vgt_test *test);
_Noreturn void vgt_fail(const char *file, int line, const char *condition, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
_Noreturn void vgt_skip(const char *format, ...) __attribute__((format(printf, 1, 2)));
void vgt_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define Test(suite, name)                                                           \
	static void suite##_##name(void);                                           \
	static __attribute__((constructor)) void suite##_##name##_register(void)    \
	{                                                                           \
		static struct vgt_test test = { #suite, #name, suite##_##name, 0 }; \
                                                                                    \
		vgt_register(&test);                                                \
	}                                                                           \
	static void suite##_##name(void)

#define cr_assert(condition, ...) \
	((condition) ? (void)0 : vgt_fail(__FILE__, __LINE__, #condition, "" __VA_ARGS__))
#define cr_assert_eq(a, b, ...)     cr_assert((a) == (b), __VA_ARGS__)
#define cr_assert_neq(a, b, ...)    cr_assert((a) != (b), __VA_ARGS__)
#define cr_assert_lt(a, b, ...)     cr_assert((a) < (b), __VA_ARGS__)
#define cr_assert_leq(a, b, ...)    cr_assert((a) <= (b), __VA_ARGS__)
#define cr_assert_gt(a, b, ...)     cr_assert((a) > (b), __VA_ARGS__)
#define cr_assert_geq(a, b, ...)    cr_assert((a) >= (b), __VA_ARGS__)
#define cr_assert_str_empty(s, ...) cr_assert(*(s) == '\0', __VA_ARGS__)
#define cr_expect_leq               cr_assert_leq
#define cr_expect_str_eq(a, b, ...) cr_assert(strcmp(a, b) == 0, __VA_ARGS__)
#define cr_skip_test                vgt_skip
#define cr_log_info                 vgt_log

#endif
