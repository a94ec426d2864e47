# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# How the image is built from $(vgr-vdso) and $(vgr-include) with $(CC), for Kbuild and Makefile, by
# the recipe that the library's is built by, included before this. It is code for user mode: none
# of the kernel's flags. The same sources in the same order, so the same bytes; the test
# kernel_module_image compares.

vgr-arch ?= x86_64

# A list of the recipe, whose quotes are a shell's.
vgr-list = $(subst ",,$(vgr_$(1)))

# Files of the recipe are named from the top folder.
vgr-chacha-sources := $(patsubst $(vgr-vdso)/arch/$(vgr-arch)/chacha20-generic.S,\
	$(vgr-vdso)/chacha20-generic.c,\
	$(patsubst %,$(vgr-vdso)/arch/$(vgr-arch)/chacha20-%.S,$(call vgr-list,levels_$(vgr-arch))))
vgr-image-sources := $(vgr-chacha-sources) \
	$(patsubst vdso/%,$(vgr-vdso)/%,$(call vgr-list,image_sources))
vgr-image-needs := $(vgr-image-sources) $(wildcard $(vgr-vdso)/*.h) \
	$(wildcard $(vgr-vdso)/arch/$(vgr-arch)/*) $(vgr-vdso)/vdso.lds $(vgr-recipe)

vgr-image-cflags := -std=gnu11 $(call vgr-list,image_cflags) $(call vgr-list,image_cflags_$(vgr-arch)) \
	$(call vgr-list,cflags_$(vgr-arch)) \
	-I$(vgr-include) -I$(vgr-vdso) -I$(vgr-vdso)/arch/$(vgr-arch)
vgr-image-ldflags := -shared $(call vgr-list,image_ldflags_$(vgr-arch)) \
	$(call vgr-list,image_ldflags) -Wl,-T,$(vgr-vdso)/vdso.lds

# To a file $@.
vgr-link-image = $(CC) $(vgr-image-cflags) $(vgr-image-sources) $(vgr-image-ldflags) -o $@
