// SPDX-License-Identifier: GPL-2.0
/*
 * Guest FPU state: an XSAVE area of our own in the standard format, switched
 * inside kernel_fpu_begin/end().  x87, SSE, AVX, AVX-512 and PKRU; no AMX and
 * no supervisor components.
 *
 * XRSTOR and XSAVE run under the host's XCR0, which covers everything we
 * offer, so that parts the guest has switched off in its own XCR0 survive.
 */
#include <linux/kernel.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <asm/cpufeature.h>
#include <asm/fpu/api.h>
#include <asm/fpu/xcr.h>
#include <asm/pkru.h>
#include "core/vcpu.h"

#define XF_X87		BIT_ULL(0)
#define XF_SSE		BIT_ULL(1)
#define XF_AVX		BIT_ULL(2)
#define XF_AVX512	(BIT_ULL(5) | BIT_ULL(6) | BIT_ULL(7))
#define XF_PKRU		BIT_ULL(9)
#define XF_OFFERED	(XF_X87 | XF_SSE | XF_AVX | XF_AVX512 | XF_PKRU)

#define XSAVE_LEGACY	512
#define XSAVE_HDR	64
#define XSAVE_MXCSR	24
#define XSAVE_XMM	160
#define XSAVE_BV	512
#define XSAVE_YMM	576

/* Offset and size of the components, CPUID.0DH once and for all. */
static u32 comp_offset[64], comp_size[64];	/* [c] */
static u64 comp_aligned;	/* [c] */
static u64 features;		/* [c] what guests may have */
static u32 area_size;		/* [c] */
static u32 mxcsr_mask;		/* [c] */
static u64 host_xcr0;		/* [c] */
static u64 host_xss;		/* [c] guests have 0 */

u64 hve_fpu_features(void)
{
	return features;
}

/* Size of the standard-format area for a set of components. */
u32 hve_fpu_xsave_size(u64 xcr0)
{
	u32 size = XSAVE_LEGACY + XSAVE_HDR;
	u64 left = xcr0 & features & ~3ull;

	for (; left; left &= left - 1) {
		unsigned int i = __ffs64(left);

		size = max(size, comp_offset[i] + comp_size[i]);
	}
	return size;
}

/* Likewise of the compacted format. */
u32 hve_fpu_xsavec_size(u64 xcr0)
{
	u32 size = XSAVE_LEGACY + XSAVE_HDR;
	u64 left = xcr0 & features & ~3ull;

	for (; left; left &= left - 1) {
		unsigned int i = __ffs64(left);

		if (comp_aligned & BIT_ULL(i))
			size = ALIGN(size, 64);
		size += comp_size[i];
	}
	return size;
}

static void __init read_components(void)
{
	u32 eax, ebx, ecx, edx;
	unsigned int i;

	for (i = 2; i < 63; i++) {
		if (!(features & BIT_ULL(i)))
			continue;
		cpuid_count(0xd, i, &eax, &ebx, &ecx, &edx);
		comp_size[i] = eax;
		comp_offset[i] = ebx;
		if (ecx & BIT(1))
			comp_aligned |= BIT_ULL(i);
	}
}

void __init hve_fpu_init(void)
{
	host_xcr0 = boot_cpu_has(X86_FEATURE_OSXSAVE) ? xgetbv(0) : 0;
	if (boot_cpu_has(X86_FEATURE_XSAVES))
		rdmsrq(MSR_IA32_XSS, host_xss);
	features = host_xcr0 & XF_OFFERED;
	if ((features & XF_AVX512) != XF_AVX512)
		features &= ~XF_AVX512;
	read_components();
	area_size = hve_fpu_xsave_size(features);
	mxcsr_mask = 0xffff;
}

int hve_fpu_create(struct hve_vcpu *vcpu)
{
	/* kmalloc of a power of two is aligned to its size: 64 is needed */
	vcpu->xsave = kzalloc(roundup_pow_of_two(max(area_size, 1024u)),
			      GFP_KERNEL_ACCOUNT);
	if (!vcpu->xsave)
		return -ENOMEM;
	hve_fpu_reset(vcpu);
	return 0;
}

void hve_fpu_destroy(struct hve_vcpu *vcpu)
{
	kfree(vcpu->xsave);
}

void hve_fpu_reset(struct hve_vcpu *vcpu)
{
	memset(vcpu->xsave, 0, area_size);
	*(u16 *)vcpu->xsave = 0x37f;
	*(u32 *)(vcpu->xsave + XSAVE_MXCSR) = 0x1f80;
	*(u64 *)(vcpu->xsave + XSAVE_BV) = XF_X87 | XF_SSE;
}

static __always_inline void do_xrstor(void *area, u64 mask)
{
	asm volatile("xrstor64 %0"
		     : : "m"(*(char (*)[4096])area), "a"((u32)mask),
			 "d"((u32)(mask >> 32)) : "memory");
}

static __always_inline void do_xsave(void *area, u64 mask)
{
	asm volatile("xsave64 %0"
		     : "+m"(*(char (*)[4096])area)
		     : "a"((u32)mask), "d"((u32)(mask >> 32)) : "memory");
}

/* Between kernel_fpu_begin() and _end(), interrupts off. */
void hve_fpu_load(struct hve_vcpu *vcpu)
{
	if (!features) {
		asm volatile("fxrstor64 %0" : : "m"(*(char (*)[512])vcpu->xsave));
		vcpu->fpu_loaded = true;
		return;
	}
	if (features & XF_PKRU)
		vcpu->host_pkru = rdpkru();
	do_xrstor(vcpu->xsave, features);
	if (vcpu->xcr0 != host_xcr0)
		xsetbv(0, vcpu->xcr0);
	if (host_xss)
		wrmsrq(MSR_IA32_XSS, 0);
	vcpu->fpu_loaded = true;
}

void hve_fpu_save(struct hve_vcpu *vcpu)
{
	vcpu->fpu_loaded = false;
	if (!features) {
		asm volatile("fxsave64 %0" : "=m"(*(char (*)[512])vcpu->xsave));
		return;
	}
	if (host_xss)
		wrmsrq(MSR_IA32_XSS, host_xss);
	if (vcpu->xcr0 != host_xcr0)
		xsetbv(0, host_xcr0);
	do_xsave(vcpu->xsave, features);
	if (features & XF_PKRU)
		wrpkru(vcpu->host_pkru);
}

int hve_xcr0_set(struct hve_vcpu *vcpu, u64 xcr0)
{
	if (!(xcr0 & XF_X87) || (xcr0 & ~vcpu->xcr0_allowed))
		return -EINVAL;
	if ((xcr0 & XF_AVX) && !(xcr0 & XF_SSE))
		return -EINVAL;
	if ((xcr0 & XF_AVX512) &&
	    ((xcr0 & XF_AVX512) != XF_AVX512 || !(xcr0 & XF_AVX)))
		return -EINVAL;
	vcpu->xcr0 = xcr0;
	if (vcpu->fpu_loaded)
		xsetbv(0, xcr0);
	return 0;
}

void hve_fpu_xsave_get(struct hve_vcpu *vcpu, struct kvm_xsave *out)
{
	memset(out, 0, sizeof(*out));
	memcpy(out->region, vcpu->xsave, min_t(u32, area_size, 4096));
}

int hve_fpu_xsave_set(struct hve_vcpu *vcpu, const struct kvm_xsave *in)
{
	const char *src = (const char *)in->region;
	u64 bv = *(const u64 *)(src + XSAVE_BV);
	u32 mxcsr = *(const u32 *)(src + XSAVE_MXCSR);

	/* what XRSTOR would fault on is refused here */
	if ((bv & ~features) || (mxcsr & ~mxcsr_mask) ||
	    memchr_inv(src + XSAVE_BV + 8, 0, 56))
		return -EINVAL;
	memcpy(vcpu->xsave, src, min_t(u32, area_size, 4096));
	return 0;
}

/* The layout of struct kvm_fpu is FXSAVE's but for the order of fields. */
void hve_fpu_fxsave_get(struct hve_vcpu *vcpu, struct kvm_fpu *out)
{
	const u8 *a = vcpu->xsave;

	memset(out, 0, sizeof(*out));
	memcpy(out->fpr, a + 32, sizeof(out->fpr));
	out->fcw = *(const u16 *)a;
	out->fsw = *(const u16 *)(a + 2);
	out->ftwx = a[4];
	out->last_opcode = *(const u16 *)(a + 6);
	out->last_ip = *(const u64 *)(a + 8);
	out->last_dp = *(const u64 *)(a + 16);
	out->mxcsr = *(const u32 *)(a + XSAVE_MXCSR);
	memcpy(out->xmm, a + XSAVE_XMM, sizeof(out->xmm));
}

void hve_fpu_fxsave_set(struct hve_vcpu *vcpu, const struct kvm_fpu *in)
{
	u8 *a = vcpu->xsave;

	memcpy(a + 32, in->fpr, sizeof(in->fpr));
	*(u16 *)a = in->fcw;
	*(u16 *)(a + 2) = in->fsw;
	a[4] = in->ftwx;
	*(u16 *)(a + 6) = in->last_opcode;
	*(u64 *)(a + 8) = in->last_ip;
	*(u64 *)(a + 16) = in->last_dp;
	*(u32 *)(a + XSAVE_MXCSR) = in->mxcsr & mxcsr_mask;
	memcpy(a + XSAVE_XMM, in->xmm, sizeof(in->xmm));
	*(u64 *)(a + XSAVE_BV) |= XF_X87 | XF_SSE;
}

#define XMM_CASE(n) case n: asm volatile("movups %%xmm" #n ", %0" \
					 : "=m"(*(char (*)[16])buf)); break
#define XMM_SET_CASE(n) case n: asm volatile("movups %0, %%xmm" #n \
					     : : "m"(*(char (*)[16])buf)); break

/* In a window: of the registers hypercalls use, which are in the CPU. */
static void xmm_get_live(unsigned int reg, void *buf)
{
	switch (reg) {
	XMM_CASE(0);
	XMM_CASE(1);
	XMM_CASE(2);
	XMM_CASE(3);
	XMM_CASE(4);
	XMM_CASE(5);
	}
}

static void xmm_set_live(unsigned int reg, const void *buf)
{
	switch (reg) {
	XMM_SET_CASE(0);
	XMM_SET_CASE(1);
	XMM_SET_CASE(2);
	XMM_SET_CASE(3);
	XMM_SET_CASE(4);
	XMM_SET_CASE(5);
	}
}

void hve_fpu_xmm_get(struct hve_vcpu *vcpu, unsigned int reg, void *buf)
{
	if (vcpu->fpu_loaded)
		xmm_get_live(reg, buf);
	else if (*(u64 *)(vcpu->xsave + XSAVE_BV) & XF_SSE || !features)
		memcpy(buf, vcpu->xsave + XSAVE_XMM + 16 * reg, 16);
	else
		memset(buf, 0, 16);	/* in its initial state */
}

void hve_fpu_xmm_set(struct hve_vcpu *vcpu, unsigned int reg, const void *buf,
		     bool zero_upper)
{
	u64 *bv = vcpu->xsave + XSAVE_BV;

	if (vcpu->fpu_loaded) {
		xmm_set_live(reg, buf);
		return;
	}
	if (!(*bv & XF_SSE))
		memset(vcpu->xsave + XSAVE_XMM, 0, 256);
	*bv |= XF_SSE;
	memcpy(vcpu->xsave + XSAVE_XMM + 16 * reg, buf, 16);
	if (zero_upper && (*bv & XF_AVX))
		memset(vcpu->xsave + XSAVE_YMM + 16 * reg, 0, 16);
}
