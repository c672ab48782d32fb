// SPDX-License-Identifier: GPL-2.0
/*
 * Loading and unloading, in order.
 */
#include <linux/init.h>
#include <linux/module.h>
#include "core/irq.h"
#include "core/vcpu.h"
#include "dev/dev.h"
#include "nested/nested.h"
#include "vmx/vmx.h"

static int __init hvemu_init(void)
{
	int r;

	r = hve_vmx_init();
	if (r)
		return r;
	hve_nested_init();
	hve_fpu_init();
	r = hve_irqfd_start();
	if (r)
		goto exit_vmx;
	r = hve_dev_start();
	if (r)
		goto stop_irqfd;
	return 0;

stop_irqfd:
	hve_irqfd_stop();
exit_vmx:
	hve_vmx_exit();
	return r;
}

static void __exit hvemu_exit(void)
{
	hve_dev_stop();
	hve_irqfd_stop();
	hve_vmx_exit();
}

module_init(hvemu_init);
module_exit(hvemu_exit);

MODULE_DESCRIPTION("Hypervisor that gives its guests the Hv#1 interface");
MODULE_LICENSE("GPL");
MODULE_VERSION("0.1.0");
