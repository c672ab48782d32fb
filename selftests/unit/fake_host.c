// SPDX-License-Identifier: GPL-2.0
#include "fake_host.h"

#include <stdlib.h>

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/string.h>

struct fake_host fake;
u64 fake_dirty;
struct hve_partition pt;
struct hve_vp vp[FAKE_NR_VPS];
u64 gpr[16];

bool shim_may_not_sleep;
void (*shim_on_wmb)(void);
__thread int shim_spinlocks_held;

static bool maybe_fail(void)
{
	return __atomic_add_fetch(&fake.can_fail, 1, __ATOMIC_RELAXED) ==
	       fake.fail_at;
}

bool shim_alloc_fails(void)
{
	return maybe_fail();
}

static void may_sleep(void)
{
	shim_assert(!fake.window && !shim_spinlocks_held);
}

/* --- memory --- */

static struct fake_map *map_top(unsigned int vtl, u64 gpn)
{
	unsigned int i = fake.nr_maps;

	while (i--)
		if (fake.map[i].vtl == vtl && fake.map[i].gpn == gpn)
			return &fake.map[i];
	return NULL;
}

static u8 *page_of(unsigned int vtl, u64 gpn, u32 right)
{
	struct fake_map *m = map_top(vtl, gpn);

	if (m)
		return m->rights & right ? m->page : NULL;
	if (gpn >= FAKE_NR_PAGES)
		return NULL;
	if (right & HVE_OVERLAY_W)
		fake_dirty |= 1ull << gpn;
	return fake.ram[gpn];
}

static int copy(unsigned int vtl, u64 gpa, void *buf, u32 len, bool write)
{
	u32 n;
	u8 *page;

	for (; len; len -= n, gpa += n, buf = (u8 *)buf + n) {
		n = min(len, 4096 - (u32)(gpa & 0xfff));
		page = page_of(vtl, gpa >> 12,
			       write ? HVE_OVERLAY_W : HVE_OVERLAY_R);
		if (!page)
			return -EFAULT;
		if (write)
			memcpy(page + (gpa & 0xfff), buf, n);
		else
			memcpy(buf, page + (gpa & 0xfff), n);
	}
	return 0;
}

bool hve_host_may_sleep(struct hve_vp *v)
{
	return !fake.window;
}

int hve_host_gpa_read(struct hve_vp *v, unsigned int vtl, u64 gpa, void *dst,
		      u32 len)
{
	fake.nr_reads++;
	if (fake.window && fake.page_not_at_hand)
		return -EAGAIN;
	if (maybe_fail())
		return -EFAULT;
	return copy(vtl, gpa, dst, len, false);
}

int hve_host_gpa_write(struct hve_vp *v, unsigned int vtl, u64 gpa,
		       const void *src, u32 len)
{
	if (fake.window && fake.page_not_at_hand)
		return -EAGAIN;
	if (maybe_fail())
		return -EFAULT;
	return copy(vtl, gpa, (void *)src, len, true);
}

bool hve_host_gpn_exists(struct hve_partition *p, u64 gpn)
{
	return gpn < FAKE_NR_PAGES;
}

u64 hve_host_gpa_limit(struct hve_partition *p)
{
	return fake.gpa_limit;
}

static void *pages[FAKE_LOG];		/* of overlays */
static unsigned int nr_pages;

void *hve_host_overlay_alloc(void)
{
	void *page;

	may_sleep();
	if (maybe_fail() || nr_pages == FAKE_LOG)
		return NULL;
	page = aligned_alloc(4096, 4096);
	if (!page)
		return NULL;
	pages[nr_pages++] = page;
	return memset(page, 0, 4096);
}

void fake_pages_free(void)
{
	while (nr_pages)
		free(pages[--nr_pages]);
}

void hve_host_overlay_free(void *page)
{
	unsigned int i;

	for (i = 0; i < fake.nr_maps; i++)
		shim_assert(!page || fake.map[i].page != page);
	for (i = 0; i < nr_pages; i++) {
		if (pages[i] == page) {
			pages[i] = pages[--nr_pages];
			break;
		}
	}
	free(page);
}

int hve_host_overlay_map(struct hve_partition *p, unsigned int vtl, u64 gpn,
			 void *page, u32 rights)
{
	may_sleep();
	if (gpn >= fake.gpa_limit >> 12)
		return -EINVAL;
	if (maybe_fail() || fake.nr_maps == FAKE_LOG)
		return -ENOMEM;
	fake.map[fake.nr_maps++] = (struct fake_map){ vtl, gpn, page, rights };
	return 0;
}

void hve_host_overlay_unmap(struct hve_partition *p, unsigned int vtl, u64 gpn,
			    void *page)
{
	unsigned int i;

	may_sleep();
	for (i = 0; i < fake.nr_maps; i++)
		if (fake.map[i].vtl == vtl && fake.map[i].gpn == gpn &&
		    fake.map[i].page == page)
			break;
	shim_assert(i < fake.nr_maps);
	fake.nr_maps--;
	memmove(&fake.map[i], &fake.map[i + 1],
		(fake.nr_maps - i) * sizeof(fake.map[0]));
}

bool guest_read(u64 gpa, void *dst, u32 len)
{
	return !copy(0, gpa, dst, len, false);
}

bool guest_write(u64 gpa, const void *src, u32 len)
{
	return !copy(0, gpa, (void *)src, len, true);
}

u64 guest_read64(u64 gpa)
{
	u64 val = 0xbad;

	CHECK(guest_read(gpa, &val, 8));
	return val;
}

void ram_fill(u64 gpn, u8 byte)
{
	memset(fake.ram[gpn], byte, 4096);
	fake_dirty |= 1ull << gpn;
}

bool ram_is(u64 gpn, u8 byte)
{
	u8 buf[4096];
	unsigned int i;

	if (!guest_read(gpn << 12, buf, 4096))
		return false;
	for (i = 0; i < 4096; i++)
		if (buf[i] != byte)
			return false;
	return true;
}

/* --- interrupts --- */

void hve_host_irq_raise(struct hve_vp *v, unsigned int vtl, u8 vector,
			bool auto_eoi)
{
	unsigned int i = __atomic_fetch_add(&fake.nr_irqs, 1, __ATOMIC_RELAXED);

	if (i < FAKE_LOG)
		fake.irq[i] = (struct fake_irq){ v, vtl, vector, auto_eoi };
	shim_assert(vector >= 16);
}

int hve_host_apic_eoi(struct hve_vp *v, unsigned int vtl)
{
	if (fake.window && fake.apic_must_leave)
		return -EAGAIN;
	fake.nr_eoi++;
	return 0;
}

u64 hve_host_apic_icr_read(struct hve_vp *v, unsigned int vtl)
{
	return fake.icr;
}

int hve_host_apic_icr_write(struct hve_vp *v, unsigned int vtl, u64 icr)
{
	if (fake.window && fake.apic_must_leave)
		return -EAGAIN;
	if (icr & 0xfff00000)
		return -EINVAL;
	fake.icr = icr;
	return 0;
}

u8 hve_host_apic_tpr_read(struct hve_vp *v, unsigned int vtl)
{
	return fake.tpr;
}

void hve_host_apic_tpr_write(struct hve_vp *v, unsigned int vtl, u8 tpr)
{
	fake.tpr = tpr;
}

u64 hve_host_apic_freq(struct hve_partition *p)
{
	return 1000000000;
}

/* --- processors and time --- */

void hve_host_vp_request(struct hve_vp *v, unsigned int req)
{
	__atomic_fetch_or(v == &far_vp ? &fake.far_reqs : &fake.reqs[v - vp],
			  1ul << req, __ATOMIC_RELAXED);
}

void hve_host_yield(struct hve_vp *v)
{
	may_sleep();
	fake.nr_yields++;
}

struct hve_vp *hve_host_vp_by_apic_id(struct hve_partition *p, u32 apic_id)
{
	/* APIC ids that differ from the indices: 8, 10, 12, 14 */
	if (apic_id < 8 || apic_id % 2 || apic_id >= 8 + 2 * FAKE_NR_VPS)
		return NULL;
	return &vp[(apic_id - 8) / 2];
}

struct hve_vp *hve_host_vp_find(struct hve_partition *p, u32 vp_index)
{
	return hve_tlfs_vp_find(p, vp_index);
}

int hve_host_tlb_flush(struct hve_vp *v, unsigned int vtl,
		       const unsigned long *vps, const u64 *gvas,
		       unsigned int nr_gvas, bool keep_global)
{
	if (fake.window && fake.flush_must_wait)
		return -EAGAIN;
	shim_assert(nr_gvas <= HVE_FLUSH_MAX_GVAS);
	fake.nr_flushes++;
	fake.flush_all = !vps;
	if (vps)
		memcpy(fake.flush_vps, vps, sizeof(fake.flush_vps));
	fake.flush_keep_global = keep_global;
	fake.flush_nr = nr_gvas;
	if (nr_gvas)
		memcpy(fake.flush_gva, gvas, nr_gvas * sizeof(*gvas));
	return 0;
}

bool hve_host_cr3_is_valid(struct hve_vp *v, u64 cr3)
{
	return (cr3 & ~(1ull << 63)) < fake.gpa_limit;
}

int hve_host_cr3_load(struct hve_vp *v, unsigned int vtl, u64 cr3)
{
	if (fake.window && fake.page_not_at_hand)
		return -EAGAIN;
	if (!hve_host_cr3_is_valid(v, cr3))
		return -EINVAL;
	fake.cr3 = cr3;
	return 0;
}

int hve_host_vp_hold(struct hve_vp *v, struct hve_vp *target)
{
	may_sleep();
	shim_assert(!fake.held && target != v);
	if (fake.hold_fails) {
		fake.hold_fails--;
		return -EAGAIN;
	}
	fake.held = target;
	fake.nr_holds++;
	return 0;
}

void hve_host_vp_release(struct hve_vp *v, struct hve_vp *target)
{
	shim_assert(fake.held == target);
	fake.held = NULL;
}

/* VP 0 is the caller. */
static unsigned int owned(struct hve_vp *v)
{
	may_sleep();
	shim_assert(v == &vp[0] || v == fake.held);
	return v - vp;
}

int hve_host_reg_read(struct hve_vp *v, unsigned int vtl, u32 name, u64 *val)
{
	unsigned int i = owned(v);

	if (name - HV_X64_REGISTER_RAX > 15)
		return -ENOENT;
	memcpy(val, fake.reg[i][name & 15], 16);
	return 0;
}

int hve_host_reg_write(struct hve_vp *v, unsigned int vtl, u32 name,
		       const u64 *val)
{
	unsigned int i = owned(v);

	if (name == HV_X64_REGISTER_INITIAL_APIC_ID)
		return -EACCES;
	if (name - HV_X64_REGISTER_RAX > 15)
		return -ENOENT;
	if (val[1])
		return -EINVAL;
	memcpy(fake.reg[i][name & 15], val, 16);
	return 0;
}

int hve_host_cpuid(struct hve_vp *v, u32 leaf, struct hve_cpuid_regs *out)
{
	owned(v);
	return hve_tlfs_supported_cpuid(leaf, out) ? 0 : -ENOENT;
}

void hve_host_synth_prepare(struct hve_vp *v, unsigned int vtl, u32 msr)
{
	owned(v);
	fake.prepared = msr;
}

int hve_host_vp_start(struct hve_vp *v, unsigned int vtl,
		      const struct hv_initial_vp_context *context)
{
	unsigned int i = owned(v);

	if (!fake.waits_for_sipi[i])
		return -EBUSY;
	if (context->cr3 >= fake.gpa_limit)
		return -EINVAL;
	fake.started = *context;
	fake.waits_for_sipi[i] = false;
	return 0;
}

int hve_host_gva_translate(struct hve_vp *v, unsigned int vtl, u64 gva_page,
			   u64 flags, struct hve_translation *out)
{
	owned(v);
	if (maybe_fail())
		return -EIO;
	fake.tr_page = gva_page;
	fake.tr_flags = flags;
	*out = fake.tr;
	return 0;
}

void hve_host_idle(struct hve_vp *v)
{
	may_sleep();
	fake.nr_idles++;
}

u64 hve_host_tsc_now(struct hve_vp *v)
{
	/* atomic, as are other things any thread may ask for */
	return __atomic_add_fetch(&fake.tsc, fake.tsc_step, __ATOMIC_RELAXED);
}

u64 hve_host_tsc_freq(struct hve_partition *p)
{
	return fake.emul_freq ?: fake.tsc_freq;
}

u64 hve_host_tsc_freq_native(struct hve_partition *p)
{
	return fake.tsc_freq;
}

int hve_host_tsc_emulate(struct hve_partition *p, u64 freq)
{
	if (freq > 64 * fake.tsc_freq)
		return -EINVAL;
	fake.emul_freq = freq;
	return 0;
}

bool hve_host_tsc_is_stable(struct hve_partition *p)
{
	return !fake.tsc_unstable;
}

u64 hve_host_clock_pair(struct hve_vp *v, u64 *tsc)
{
	*tsc = __atomic_load_n(&fake.tsc, __ATOMIC_RELAXED);
	return __atomic_add_fetch(&fake.ns, fake.ns_step, __ATOMIC_RELAXED);
}

void hve_host_timer_arm(struct hve_vp *v, u64 ns)
{
	fake.timer_ns[v - vp] = ns;
}

void hve_host_timer_cancel(struct hve_vp *v)
{
	if (v != &far_vp)
		fake.timer_ns[v - vp] = 0;
}

void hve_host_runtime_timer(struct hve_vp *v, u64 ns)
{
	may_sleep();
	fake.run_due[v - vp] = ns;
}

void hve_host_nmi_raise(struct hve_vp *v, unsigned int vtl)
{
	fake.nr_nmis++;
}

void hve_host_desc_exits(struct hve_vp *v, bool on)
{
	may_sleep();
	fake.desc_exits[v - vp] = on;
}

bool hve_host_desc_exits_exist(void)
{
	return !fake.no_desc_exits;
}

void hve_host_sint_acked(struct hve_vp *v, u32 sints)
{
	fake.acked |= sints;
}

void run_requests(unsigned int i)
{
	unsigned long reqs;

	if (fake.timer_ns[i] && fake.ns >= fake.timer_ns[i]) {
		fake.timer_ns[i] = 0;
		hve_host_vp_request(&vp[i], HVE_VP_REQ_STIMER);
	}
	if (fake.run_due[i] && fake.runtime_ns >= fake.run_due[i])
		hve_host_vp_request(&vp[i], HVE_VP_REQ_UNHALTED);
	while (fake.reqs[i]) {
		reqs = fake.reqs[i];
		fake.reqs[i] = 0;
		hve_tlfs_process_requests(&vp[i], reqs);
	}
}

u64 hve_host_vp_runtime_ns(struct hve_vp *v)
{
	return fake.runtime_ns;
}

enum hve_cpu_mode hve_host_cpu_mode(struct hve_vp *v, unsigned int *cpl)
{
	*cpl = fake.cpl;
	return fake.mode;
}

void hve_host_xmm_read(struct hve_vp *v, void *dst)
{
	memcpy(dst, fake.xmm, sizeof(fake.xmm));
}

void hve_host_xmm_write(struct hve_vp *v, const void *src)
{
	memcpy(fake.xmm, src, sizeof(fake.xmm));
}

u32 hve_host_phys_bits(void)
{
	return 39;
}

bool hve_host_smt_is_possible(void)
{
	return fake.smt;
}

/* --- the VMM --- */

void hve_host_user_exit(struct hve_vp *v, const struct hve_user_exit *ue)
{
	may_sleep();
	if (fake.nr_exits < FAKE_LOG)
		fake.exit[fake.nr_exits++] = *ue;
}

void hve_host_crash_log(struct hve_vp *v, u64 ctl, const u64 *param,
			const char *text, u32 len)
{
	may_sleep();
	fake.nr_crash_logs++;
	fake.crash_ctl = ctl;
	fake.crash_len = len;
	if (text)
		memcpy(fake.crash_text, text, len);
}

/* --- a partition to play with --- */

void fake_reset(void)
{
	memset(&fake, 0, sizeof(fake));
	fake_dirty = 0;
	fake.gpa_limit = 1ull << 36;
	fake.mode = HVE_MODE_LONG64;
	fake.smt = true;
	fake.tsc_freq = 2900000000ull;
	fake.tsc = 123456789;
	fake.ns = 1000000000;
	shim_may_not_sleep = false;
}

void give_cpuid(struct hve_vp *v)
{
	/* computed once: a fuzzer sets up many partitions */
	static struct hve_cpuid_regs regs[11], vs;
	static bool known;
	u32 i;

	for (i = 0; !known && i < ARRAY_SIZE(regs); i++)
		hve_tlfs_supported_cpuid(0x40000000 + i, &regs[i]);
	if (!known)
		hve_tlfs_supported_cpuid(0x40000082, &vs);
	/* all calls, also those that we do not recommend */
	regs[4].eax |= 1u << (HV_HINT_ADDRESS_SPACE_SWITCH - 96);
	known = true;
	hve_tlfs_cpuid_leaf(v, ~0u, NULL);
	for (i = 0; i < ARRAY_SIZE(regs); i++)
		hve_tlfs_cpuid_leaf(v, 0x40000000 + i, &regs[i]);
	hve_tlfs_cpuid_leaf(v, 0x40000082, &vs);
}

void take_gate(struct hve_vp *v, unsigned int gate)
{
	struct hve_cpuid_regs regs;

	hve_tlfs_supported_cpuid(0x40000003, &regs);
	if (gate < 32)
		regs.eax &= ~(1u << gate);
	else if (gate < 64)
		regs.ebx &= ~(1u << (gate - 32));
	else if (gate < 96)
		regs.edx &= ~(1u << (gate - 64));
	hve_tlfs_cpuid_leaf(v, 0x40000003, &regs);
	hve_tlfs_supported_cpuid(0x40000004, &regs);
	regs.eax |= 1u << (HV_HINT_ADDRESS_SPACE_SWITCH - 96);
	if (gate >= 96 && gate < 128)
		regs.eax &= ~(1u << (gate - 96));
	hve_tlfs_cpuid_leaf(v, 0x40000004, &regs);
	hve_tlfs_supported_cpuid(0x40000082, &regs);
	if (gate >= 160 && gate < 192)
		regs.eax &= ~(1u << (gate - 160));
	hve_tlfs_cpuid_leaf(v, 0x40000082, &regs);
	hve_tlfs_supported_cpuid(0x4000000a, &regs);
	if (gate >= 192)
		regs.eax &= ~(1u << (gate - 192));
	hve_tlfs_cpuid_leaf(v, 0x4000000a, &regs);
}

void setup(void)
{
	unsigned int i;

	fake_reset();
	memset(&pt, 0, sizeof(pt));
	memset(vp, 0, sizeof(vp));
	memset(gpr, 0, sizeof(gpr));
	CHECK(!hve_tlfs_partition_init(&pt));
	for (i = 0; i < FAKE_NR_VPS; i++) {
		CHECK(!hve_tlfs_vp_init(&vp[i], &pt, i));
		give_cpuid(&vp[i]);
	}
}

void teardown(void)
{
	unsigned int i;

	fake.window = false;
	shim_may_not_sleep = false;
	hve_tlfs_ports_release(&pt);
	for (i = 0; i < FAKE_NR_VPS; i++)
		hve_tlfs_vp_destroy(&vp[i]);
	hve_tlfs_partition_destroy(&pt);
	CHECK_EQ(fake.nr_maps, 0);
}

u64 rd(u32 msr)
{
	u64 val = 0xbad;

	CHECK_EQ(hve_tlfs_msr_read(&vp[0], 0, msr, &val), HVE_NO_FAULT);
	return val;
}

enum hve_fault wr(u32 msr, u64 val)
{
	return hve_tlfs_msr_write(&vp[0], 0, msr, val);
}
