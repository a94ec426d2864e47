// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * What the library has from the C library: a start, the environment, the auxiliary vector. All of
 * it is read at load or at the first draw, if that comes before, in memory: by then there may be
 * a signal handler, but the environment is unchanged.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>
#include <vgetrandom/core.h>
#include <vgetrandom/port.h>
#include <vgetrandom/vgetrandom.h>

#include "arch.h"
#include "libc.h"
#include "thread-exit.h"

/* Like getauxval(3), but that sets errno for what is not there. */
unsigned long vgr_port_getauxval(unsigned long type)
{
	int saved_errno = errno;
	unsigned long value = getauxval(type);

	errno = saved_errno;
	return value;
}

/*
 * A variable's value; NULL if there is none, or for a program with more rights than its caller.
 * Not secure_getenv(3), which is not async-signal-safe by contract.
 */
static const char *setting(const char *name)
{
	size_t len = strlen(name);

	if (vgr_port_getauxval(AT_SECURE))
		return NULL;
	for (char **variable = environ; *variable; variable++)
		if (strncmp(*variable, name, len) == 0 && (*variable)[len] == '=')
			return *variable + len + 1;
	return NULL;
}

static enum vgetrandom_provider wanted_provider(void)
{
	const char *name = setting("VGETRANDOM_PROVIDER");
	enum vgetrandom_provider provider = VGETRANDOM_PROVIDER_AUTO;

	if (name && vgetrandom_provider_by_name(name, &provider) != 0)
		return VGETRANDOM_PROVIDER_AUTO;
	return provider;
}

static uint32_t wanted_chacha(void)
{
	static const char *const names[] = VGR_CHACHA_LEVEL_NAMES;
	const char *name = setting("VGETRANDOM_CHACHA");

	for (uint32_t i = 0; name && i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(name, names[i]) == 0)
			return i;
	return VGETRANDOM_CHACHA_BEST;
}

bool vgr_libc_configure(void)
{
	static bool is_done;
	int saved_errno = errno;

	if (__atomic_load_n(&is_done, __ATOMIC_ACQUIRE))
		return true;
	/* NULL also after clearenv(3), which is no reason to choose otherwise than without it. */
	if (!environ)
		return false;
	/* Two threads that come here at once say the same. */
	vgetrandom_core_configure(wanted_provider(), wanted_chacha());
	__atomic_store_n(&is_done, true, __ATOMIC_RELEASE);
	errno = saved_errno;
	return true;
}

int vgr_port_configure(void)
{
	return vgr_libc_configure() ? 0 : -EAGAIN;
}

/*
 * A second line of defence, see core.h; raw clones go without. glibc's pthread_atfork() is this
 * call, linked in, by a name that other C libraries do not have: the shim may come into a program
 * of one, and does without there.
 */
#ifdef __GLIBC__
extern int __register_atfork(void (*prepare)(void), void (*parent)(void), void (*child)(void),
			     void *dso) __attribute__((weak));
extern void *__dso_handle __attribute__((visibility("hidden")));

static void call_in_children(void (*function)(void))
{
	if (__register_atfork)
		(void)__register_atfork(NULL, NULL, function, __dso_handle);
}
#else
static void call_in_children(void (*function)(void))
{
	(void)pthread_atfork(NULL, NULL, function);
}
#endif

/* The shim has one of its own: it is in programs that never draw. */
__attribute__((weak)) void vgr_libc_choose(void)
{
	vgetrandom_core_init();
}

/*
 * Before all other constructors of this library; those of others may have drawn already. Then their
 * first draw has asked for the settings.
 */
static __attribute__((constructor(101))) void start(void)
{
	int saved_errno = errno;

	vgr_thread_exit_init();
	call_in_children(vgetrandom_core_forked);
	vgr_libc_choose();
	errno = saved_errno;
}
