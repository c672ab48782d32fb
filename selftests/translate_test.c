// SPDX-License-Identifier: GPL-2.0
/*
 * HvCallTranslateVirtualAddress and its Ex form: result codes, the checks that
 * the caller chooses, accessed and dirty bits.
 */
#include "bare.h"
#include "hvdef.h"

#define HCALL_PAGE	(BARE_FREE + 0x1000)
#define IN		((volatile uint64_t *)(BARE_FREE + 0x2000))
#define OUT		((volatile uint64_t *)(BARE_FREE + 0x3000))
#define TABLE		((volatile uint64_t *)(BARE_FREE + 0x4000))
#define DATA		(BARE_FREE + 0x10000)
#define OS_ID		0x8100000000000001ull
#define WINDOW		0x80000000ull		/* mapped by TABLE */
#define HOLE		0x80200000ull		/* its table is where no RAM is */

#define P	0x001ull
#define W	0x002ull
#define U	0x004ull
#define PWT	0x008ull
#define PCD	0x010ull
#define A	0x020ull
#define D	0x040ull
#define LARGE	0x080ull

#define READ		0x001
#define WRITE		0x002
#define EXECUTE		0x004
#define EXEMPT		0x008
#define SET_BITS	0x010
#define SUPERVISOR	0x040
#define USER		0x080

enum { OK, NOT_PRESENT, PRIVILEGE, BAD_FLAGS, UNMAPPED, NO_READ, NO_WRITE, OVERLAY };

#define WB	6ull
#define PF(err)	(1 | 0x100 | 14ull << 16 | (uint64_t)(err) << 32)

static uint64_t call(uint32_t vp, uint64_t flags, uint64_t gva)
{
	IN[0] = HV_PARTITION_SELF;
	IN[1] = vp;
	IN[2] = flags;
	IN[3] = gva >> 12;
	return hv_call((void *)HCALL_PAGE, HVCALL_TRANSLATE, (uintptr_t)IN,
		       (uintptr_t)OUT);
}

/* Result code of an address by the VP's own tables. */
static uint64_t code(uint64_t flags, uint64_t gva)
{
	uint64_t status = call(HV_VP_SELF, flags, gva);

	return status ? 0x1000 + status : (uint32_t)OUT[0];
}

static uint64_t event(uint64_t flags, uint64_t gva)
{
	IN[0] = HV_PARTITION_SELF;
	IN[1] = HV_VP_SELF;
	IN[2] = flags;
	IN[3] = gva >> 12;
	if (hv_call((void *)HCALL_PAGE, HVCALL_TRANSLATE_EX, (uintptr_t)IN,
		    (uintptr_t)OUT))
		return ~0ull;
	return OUT[1];
}

static void check_results(void)
{
	TABLE[1] = DATA | P | W | U;
	TABLE[2] = DATA | P | U;
	TABLE[3] = DATA | P | W;
	TABLE[4] = 0;
	TABLE[5] = DATA | P | W | U | 1ull << 51;
	TABLE[6] = HCALL_PAGE | P | W | U;
	TABLE[7] = BARE_NO_RAM | P | W | U;
	TABLE[8] = DATA | P | W | U | PCD | PWT;
	TABLE[9] = DATA | P | W | U | PWT;

	g_eq(code(READ, WINDOW + 0x1000), OK, "a page");
	g_eq(OUT[1], DATA >> 12, "where it is");
	g_eq(OUT[0] >> 32, WB, "write-back, no overlay");
	g_eq(code(READ | WRITE | EXECUTE, WINDOW + 0x1000), OK, "all accesses");
	g_eq(code(READ, (uintptr_t)TABLE), OK, "in a large page");
	g_eq(OUT[1], (uintptr_t)TABLE >> 12, "the small one in it");
	g_eq(code(READ, WINDOW + 0x4000), NOT_PRESENT, "no page");
	g_eq(event(READ, WINDOW + 0x4000), PF(0), "the page fault of it");
	g_eq(code(READ, 1ull << 50), NOT_PRESENT, "an address that is none");
	g_eq(code(READ, WINDOW + 0x5000), BAD_FLAGS, "reserved bits");
	g_eq(event(WRITE, WINDOW + 0x5000), PF(0xb), "the page fault of it");
	g_eq(code(READ, WINDOW + 0x7000), OK, "nobody looks for memory behind it");
	g_eq(OUT[1], BARE_NO_RAM >> 12, "where it would be");
	g_eq(code(READ, HOLE), UNMAPPED, "a table where no memory is");
	g_eq(OUT[1], BARE_NO_RAM >> 12, "which one");
	g_eq(code(READ, WINDOW + 0x8000), OK, "an uncached page");
	g_eq(OUT[0] >> 32, 0, "its type");
	g_eq(code(READ, WINDOW + 0x9000), OK, "a write-through page");
	g_eq(OUT[0] >> 32, 4, "its type");
	g_eq(code(READ | EXECUTE, WINDOW + 0x6000), OK, "the hypercall page");
	g_eq(OUT[0] >> 32, WB | 0x100, "is an overlay");
	g_eq(code(WRITE, WINDOW + 0x6000), OVERLAY, "that cannot be written");
}

static void check_rights(void)
{
	g_eq(code(USER | READ, WINDOW + 0x2000), OK, "a user reads");
	g_eq(code(USER | WRITE, WINDOW + 0x2000), PRIVILEGE, "and cannot write");
	g_eq(event(USER | WRITE, WINDOW + 0x2000), PF(7), "the page fault of it");
	g_eq(code(USER | READ, WINDOW + 0x3000), PRIVILEGE,
	     "a page of the supervisor");
	g_eq(code(READ, WINDOW + 0x3000), OK, "which the caller is");
	g_eq(code(EXEMPT | READ, WINDOW + 0x3000), OK, "exempt from the checks");
	g_eq(code(SUPERVISOR | WRITE, WINDOW + 0x3000), OK, "as the supervisor");
	g_eq(code(USER | SUPERVISOR | READ, WINDOW + 0x1000),
	     0x1000 + HV_STATUS_INVALID_PARAMETER, "not both at a time");
	/* without write protection the supervisor writes everywhere */
	g_eq(code(WRITE, WINDOW + 0x2000), OK, "CR0.WP is clear");
}

static void check_bits(void)
{
	TABLE[1] = DATA | P | W | U;
	code(READ | WRITE, WINDOW + 0x1000);
	g_eq(TABLE[1], DATA | P | W | U, "no bits unless asked for");
	code(READ | SET_BITS, WINDOW + 0x1000);
	g_eq(TABLE[1], DATA | P | W | U | A, "accessed by a read");
	code(WRITE | SET_BITS, WINDOW + 0x1000);
	g_eq(TABLE[1], DATA | P | W | U | A | D, "dirty by a write");
	TABLE[2] = DATA | P | U;
	code(USER | WRITE | SET_BITS, WINDOW + 0x2000);
	g_eq(TABLE[2], DATA | P | U, "none where the access fails");
}

static volatile uint64_t ready, done;

static void guest_main(uint64_t id)
{
	volatile uint64_t *pd = (volatile uint64_t *)(BARE_PAGE_TABLES + 0x2000);

	if (id) {
		ready = 1;
		while (!done)
			cpu_pause();
		return;
	}
	pd[WINDOW / 0x200000] = (uintptr_t)TABLE | P | W | U;
	pd[HOLE / 0x200000] = BARE_NO_RAM | P | W | U;
	wrmsr(HV_X64_MSR_GUEST_OS_ID, OS_ID);
	wrmsr(HV_X64_MSR_HYPERCALL, HCALL_PAGE | HV_MSR_ENABLE);
	check_results();
	check_rights();
	check_bits();

	g_eq(call(HV_VP_SELF, SET_BITS, WINDOW), HV_STATUS_INVALID_PARAMETER,
	     "no access asked for");
	g_eq(call(HV_VP_SELF, READ | 0x20, WINDOW), HV_STATUS_INVALID_PARAMETER,
	     "to inhibit flushes is a parent's");
	g_eq(call(HV_VP_SELF, READ | 1ull << 40, WINDOW), HV_STATUS_INVALID_PARAMETER,
	     "a reserved flag");
	g_eq(call(7, READ, WINDOW), HV_STATUS_INVALID_VP_INDEX, "no such VP");
	while (!ready)
		cpu_pause();
	g_eq(call(1, READ, WINDOW + 0x1000), HV_STATUS_SUCCESS, "by a VP that runs");
	g_eq((uint32_t)OUT[0], OK, "it has the same tables");
	g_eq(OUT[1], DATA >> 12, "and the same page");
	done = 1;
}

int main(void)
{
	struct kvm_cpuid_entry2 *features;
	struct cpuid_table t;
	struct vmm vmm;

	ktap_start(60);
	bare_create(&vmm, 1, 0);
	features = bare_features(&vmm, &t);
	vmm_destroy(&vmm);
	if (!(features->ebx & HV_ACCESS_VP_REGS))
		ktap_skip_all("AccessVpRegisters is not offered");
	bare_test(2, guest_main, "translation");
	return ktap_finish();
}
