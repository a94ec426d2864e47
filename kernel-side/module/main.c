// SPDX-License-Identifier: GPL-2.0-only OR MIT
/*
 * vgetrandom.ko: /dev/vgetrandom, for kernels without a getrandom() in their vDSO, or with
 * a slower one. <vgetrandom/device.h> says what the device does.
 *
 * An open file holds a reference to the module, and a mapping holds one to its file, so that
 * the module cannot be unloaded while anything of it is in use.
 */
#define pr_fmt(fmt) "vgetrandom: " fmt

#include <linux/miscdevice.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "module.h"

#define BEST_CHACHA UINT_MAX

static unsigned int chacha = BEST_CHACHA;
module_param(chacha, uint, 0444);
MODULE_PARM_DESC(chacha, "At most this ChaCha20: 0 portable, 1 SSE2, 2 AVX2, 3 AVX-512, 4 AVX-512 "
			 "in 256-bit registers (default: the best)");

static loff_t device_llseek(struct file *file, loff_t offset, int whence)
{
	return fixed_size_llseek(file, offset, whence, vgr_image_len());
}

/* The size is the caller's business (device.h), so it is no part of the comparison. */
static bool is_alloc(unsigned int cmd)
{
	return _IOC_TYPE(cmd) == _IOC_TYPE(VGETRANDOM_IOC_ALLOC) &&
	       _IOC_NR(cmd) == _IOC_NR(VGETRANDOM_IOC_ALLOC) &&
	       _IOC_DIR(cmd) == _IOC_DIR(VGETRANDOM_IOC_ALLOC);
}

static long device_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return is_alloc(cmd) ? vgr_alloc_ioctl(cmd, (void __user *)arg) : -ENOTTY;
}

static const struct file_operations device_fops = {
	.owner = THIS_MODULE,
	.llseek = device_llseek,
	.mmap = vgr_image_mmap,
	.unlocked_ioctl = device_ioctl,
};

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "vgetrandom",
	.fops = &device_fops,
	.mode = 0666,
};

/* Written at load, read at unload. */
static bool is_registered;

static int __init vgetrandom_init(void)
{
	u32 level = chacha <= vgr_cpu_chacha_max() ? chacha : vgr_cpu_chacha_level();
	int err;

	if (chacha > VGETRANDOM_CHACHA_AVX512VL && chacha != BEST_CHACHA) {
		pr_err("chacha=%u: there is no such ChaCha20, choose 0 to 4\n", chacha);
		return -EINVAL;
	}
	err = vgr_image_init(level);
	if (err)
		return err;
	err = vgr_droppable_init();
	if (err)
		goto err_image;
	err = vgr_generation_init();
	if (err)
		goto err_droppable;
	err = vgr_selftest_chacha20();
	if (err)
		goto err_generation;
	err = misc_register(&device);
	if (err)
		goto err_generation;
	/* Nothing may fail after it (module.h). */
	if (vgr_selftest_memory()) {
		pr_err("the self-test failed, so there is no device\n");
		misc_deregister(&device);
		return 0;
	}
	is_registered = true;
	vgr_make_fault();
	pr_info("ready, ChaCha20 level %u\n", level);
	return 0;

err_generation:
	vgr_generation_exit();
err_droppable:
	vgr_droppable_exit();
err_image:
	vgr_image_exit();
	return err;
}

static void __exit vgetrandom_exit(void)
{
	if (is_registered)
		misc_deregister(&device);
	vgr_generation_exit();
	vgr_droppable_exit();
	vgr_image_exit();
}

module_init(vgetrandom_init);
module_exit(vgetrandom_exit);
MODULE_LICENSE("Dual MIT/GPL");
MODULE_DESCRIPTION("getrandom() in user mode: image, RNG data page and droppable memory");
MODULE_AUTHOR("The vgetrandom authors");
MODULE_VERSION(VGR_MODULE_VERSION);
