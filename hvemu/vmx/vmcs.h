/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMX instructions and VMCS access.
 *
 * Every one has an exception table entry: a crash NMI may have left VMX
 * operation under us (#UD).  Caller: interrupts off, in a window.
 */
#ifndef HVE_VMCS_H
#define HVE_VMCS_H

#include <linux/types.h>
#include <asm/asm.h>
#include <asm/vmx.h>

void hve_vmcs_write_failed(unsigned long field, u64 val);

static __always_inline int vmx_vmxon(u64 pa)
{
	asm goto("1: vmxon %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(pa) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_vmxoff(void)
{
	asm goto("1: vmxoff\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_vmptrld(u64 pa)
{
	asm goto("1: vmptrld %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(pa) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_vmclear(u64 pa)
{
	asm goto("1: vmclear %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(pa) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline u64 vmx_vmptrst(void)
{
	u64 pa = ~0ull;

	asm volatile("1: vmptrst %0\n2:\n\t" _ASM_EXTABLE(1b, 2b)
		     : "+m"(pa) : : "cc", "memory");
	return pa;
}

static __always_inline int vmx_invept(unsigned long extent, u64 eptp)
{
	struct { u64 eptp, rsvd; } desc = { eptp, 0 };

	asm goto("1: invept %0, %1\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(desc), "r"(extent) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_invvpid(unsigned long extent, u16 vpid, u64 la)
{
	struct { u64 vpid, la; } desc = { vpid, la };

	asm goto("1: invvpid %0, %1\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(desc), "r"(extent) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline u64 vmcs_read(unsigned long field)
{
	u64 val = 0;

	asm volatile("1: vmread %1, %0\n2:\n\t" _ASM_EXTABLE(1b, 2b)
		     : "+r"(val) : "r"(field) : "cc");
	return val;
}

static __always_inline void vmcs_write(unsigned long field, u64 val)
{
	asm goto("1: vmwrite %1, %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "r"(field), "rm"(val) : "cc" : fail);
	return;
fail:
	hve_vmcs_write_failed(field, val);
}

#endif /* HVE_VMCS_H */
