# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# How the image is built from $(vgr-vdso) and $(vgr-include) with $(CC), for Kbuild and Makefile. It
# is code for user mode: none of the kernel's flags. The same sources in the same order, flags
# and linker script as in cmake/targets.cmake and vdso/CMakeLists.txt, so the same bytes; the
# test kernel_module_image compares.

vgr-arch := x86_64

vgr-image-sources := $(addprefix $(vgr-vdso)/,chacha20-generic.c \
	$(addprefix arch/$(vgr-arch)/,chacha20-sse2.S chacha20-avx2.S chacha20-avx512.S \
	chacha20-avx512vl.S) \
	vgetrandom.c batch.c direct.c seed.c)
vgr-image-needs := $(vgr-image-sources) $(wildcard $(vgr-vdso)/*.h) \
	$(wildcard $(vgr-vdso)/arch/$(vgr-arch)/*) $(vgr-vdso)/vdso.lds

vgr-image-cflags := -std=gnu11 -O2 -ffreestanding -fno-builtin -fno-stack-protector \
	-fno-jump-tables -falign-functions=64 -mgeneral-regs-only -fno-lto -fPIC \
	-fvisibility=hidden -fasynchronous-unwind-tables \
	-I$(vgr-include) -I$(vgr-vdso) -I$(vgr-vdso)/arch/$(vgr-arch)
vgr-image-ldflags := -shared -nostdlib -Wl,--strip-debug -Wl,--build-id=sha1 \
	-Wl,--hash-style=both -Wl,--eh-frame-hdr -Wl,-soname,vgetrandom-vdso.so.1 -Wl,-Bsymbolic \
	-Wl,-z,noexecstack -Wl,-z,max-page-size=4096 -Wl,-z,noseparate-code -Wl,-z,norelro \
	-Wl,--no-undefined -Wl,--fatal-warnings -Wl,-T,$(vgr-vdso)/vdso.lds

# To a file $@.
vgr-link-image = $(CC) $(vgr-image-cflags) $(vgr-image-sources) $(vgr-image-ldflags) -o $@
