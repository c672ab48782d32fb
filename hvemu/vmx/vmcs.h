/* SPDX-License-Identifier: GPL-2.0 */
/*
 * VMX instructions and VMCS access.
 *
 * Every one has an exception table entry: a crash NMI may have left VMX
 * operation under us (#UD).  Caller: interrupts off, in a window.
 */
#ifndef HVE_VMCS_H
#define HVE_VMCS_H

#include <linux/percpu.h>
#include <linux/types.h>
#include <asm/asm.h>
#include <asm/vmx.h>

void hve_vmcs_write_failed(unsigned long field, u64 val);

/* For the bench: what its ticks do not show where a VMX instruction is one. */
#ifdef HVE_COUNT_VMX
DECLARE_PER_CPU(u64, hve_vmx_insns);
#define vmx_count()	this_cpu_inc(hve_vmx_insns)
#else
#define vmx_count()	do { } while (0)
#endif

static __always_inline int vmx_vmxon(const u64 *pa)
{
	vmx_count();
	asm goto("1: vmxon %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(*pa) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_vmxoff(void)
{
	vmx_count();
	asm goto("1: vmxoff\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_vmptrld(const u64 *pa)
{
	vmx_count();
	asm goto("1: vmptrld %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(*pa) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_vmclear(const u64 *pa)
{
	vmx_count();
	asm goto("1: vmclear %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(*pa) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

/* ~0: none */
static __always_inline void vmx_vmptrst(u64 *pa)
{
	vmx_count();
	*pa = ~0ull;
	asm volatile("1: vmptrst %0\n2:\n\t" _ASM_EXTABLE(1b, 2b)
		     : "+m"(*pa) : : "cc", "memory");
}

static __always_inline int vmx_invept(unsigned long extent, u64 eptp)
{
	struct { u64 eptp, rsvd; } desc = { eptp, 0 };

	vmx_count();
	asm goto("1: invept %0, %1\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(desc), "r"(extent) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline int vmx_invvpid(unsigned long extent, u16 vpid, u64 la)
{
	struct { u64 vpid, la; } desc = { vpid, la };

	vmx_count();
	asm goto("1: invvpid %0, %1\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "m"(desc), "r"(extent) : "cc", "memory" : fail);
	return 0;
fail:
	return -EIO;
}

static __always_inline u64 vmcs_read(unsigned long field)
{
	u64 val;

	/* zero where it faults; a field that exists cannot fail otherwise */
	vmx_count();
	asm volatile("1: vmread %1, %0\n2:\n\t"
		     _ASM_EXTABLE_TYPE_REG(1b, 2b, EX_TYPE_ZERO_REG, %0)
		     : "=r"(val) : "r"(field) : "cc");
	return val;
}

static __always_inline void vmcs_write(unsigned long field, u64 val)
{
	vmx_count();
	asm goto("1: vmwrite %1, %0\n\tjbe %l[fail]\n\t" _ASM_EXTABLE(1b, %l[fail])
		 : : "r"(field), "rm"(val) : "cc" : fail);
	return;
fail:
	hve_vmcs_write_failed(field, val);
}

#endif /* HVE_VMCS_H */
