/* SPDX-License-Identifier: GPL-2.0 */
/*
 * SynIC, ports and connections: what tests and bench share, for both halves.
 */
#ifndef SELFTESTS_SYNIC_H
#define SELFTESTS_SYNIC_H

#include "bare.h"
#include "hvdef.h"
#include "../../include/uapi/hvemu.h"

/* of VP i: hypercall page, input page, SIM and SIEF page */
#define SYNIC_HCALL		BARE_FREE
#define SYNIC_INPUT(vp)		(BARE_FREE + 0x1000 + (vp) * 0x3000)
#define SYNIC_SIMP(vp)		(SYNIC_INPUT(vp) + 0x1000)
#define SYNIC_SIEFP(vp)		(SYNIC_INPUT(vp) + 0x2000)

/* TLFS, "HV_MESSAGE"; the header's order is that of the online text */
struct hv_message {
	uint32_t type;
	uint8_t size;
	uint8_t flags;
	uint16_t reserved;
	uint64_t origin;
	uint64_t payload[30];
};

/* "HvCallPostMessage" */
struct hv_post_input {
	uint32_t conn;
	uint32_t rsvdz;
	uint32_t type;
	uint32_t size;
	uint64_t payload[30];
};

/* --- guest --- */

static inline volatile struct hv_message *g_slot(unsigned int sint)
{
	return (volatile struct hv_message *)SYNIC_SIMP(this_vp()->id) + sint;
}

static inline volatile uint64_t *g_flags(unsigned int sint)
{
	return (volatile uint64_t *)(SYNIC_SIEFP(this_vp()->id) + 256 * sint);
}

static inline void g_hcall_open(void)
{
	guest_x2apic_enable();
	wrmsr(HV_X64_MSR_GUEST_OS_ID, 0x8100000000000000ull);
	wrmsr(HV_X64_MSR_HYPERCALL, SYNIC_HCALL | HV_MSR_ENABLE);
}

/* Hypercalls, SynIC and its pages; SINTs stay masked. */
static inline void g_synic_open(void)
{
	uint64_t vp = this_vp()->id;

	g_hcall_open();
	wrmsr(HV_X64_MSR_SIMP, SYNIC_SIMP(vp) | HV_MSR_ENABLE);
	wrmsr(HV_X64_MSR_SIEFP, SYNIC_SIEFP(vp) | HV_MSR_ENABLE);
	wrmsr(HV_X64_MSR_SCONTROL, 1);
}

static inline volatile struct hv_post_input *g_input(void)
{
	return (volatile struct hv_post_input *)SYNIC_INPUT(this_vp()->id);
}

static inline unsigned int g_post_input(void)
{
	return hv_call((void *)SYNIC_HCALL, HVCALL_POST_MESSAGE,
		       (uint64_t)g_input(), 0) & 0xffff;
}

/* A message of one word. */
static inline unsigned int g_post(uint32_t conn, uint32_t type, uint64_t word)
{
	volatile struct hv_post_input *in = g_input();

	in->conn = conn;
	in->rsvdz = 0;
	in->type = type;
	in->size = 8;
	in->payload[0] = word;
	return g_post_input();
}

static inline unsigned int g_signal(uint32_t conn, uint16_t flag)
{
	return hv_call((void *)SYNIC_HCALL, HVCALL_SIGNAL_EVENT | HVCALL_IS_FAST,
		       conn | (uint64_t)flag << 32, 0) & 0xffff;
}

/* What an operating system does with a message it has read. */
static inline void g_slot_done(unsigned int sint)
{
	volatile struct hv_message *m = g_slot(sint);

	m->type = 0;
	__sync_synchronize();
	if (m->flags & 1)
		wrmsr(HV_X64_MSR_EOM, 0);
}

/* --- VMM --- */

/* A VM with the SynIC in the kernel; on KVM it is the VMM's half. */
static inline void synic_create(struct vmm *vmm, unsigned int nr_vps)
{
	unsigned int i;

	bare_create(vmm, nr_vps, BARE_NO_CPUID);
	for (i = 0; i < nr_vps; i++) {
		struct cpuid_table t;

		cpuid_supported(vmm, &t);
		cpuid_hyperv(vmm, &vmm->vp[i], &t);
		cpuid_topology(&t, i, nr_vps);
		vp_set_cpuid(&vmm->vp[i], &t);
	}
}

static inline bool vmm_has_ports(struct vmm *vmm)
{
	struct hvemu_info info;

	return !ioctl(vmm->dev, HVEMU_INFO, &info) &&
	       info.features & HVEMU_FEATURE_PORTS;
}

static inline int message_port(struct vmm *vmm, uint32_t id, uint32_t vp,
			       uint32_t sint)
{
	struct hvemu_port p = {
		.id = id, .type = HVEMU_PORT_MESSAGE, .vp_index = vp, .sint = sint,
	};

	return ioctl(vmm->fd, HVEMU_CREATE_PORT, &p);
}

static inline int event_port(struct vmm *vmm, uint32_t id, uint32_t vp,
			     uint32_t sint, uint32_t base, uint32_t count)
{
	struct hvemu_port p = {
		.id = id, .type = HVEMU_PORT_EVENT, .vp_index = vp, .sint = sint,
		.base_flag = base, .flag_count = count,
	};

	return ioctl(vmm->fd, HVEMU_CREATE_PORT, &p);
}

static inline int connect_to(struct vmm *vmm, uint32_t id, uint32_t to, int fd,
			     uint32_t port)
{
	struct hvemu_connection c = {
		.id = id, .to = to, .fd = fd, .port_id = port,
	};

	return ioctl(vmm->fd, HVEMU_CONNECT_PORT, &c);
}

static inline int vmm_post(struct vmm *vmm, uint32_t port, uint32_t type,
			   uint64_t word)
{
	struct hvemu_message m = { .port_id = port, .type = type, .size = 8 };

	__builtin_memcpy(m.payload, &word, 8);
	return ioctl(vmm->fd, HVEMU_POST_MESSAGE, &m);
}

static inline int vmm_signal(struct vmm *vmm, uint32_t port, uint32_t flag)
{
	struct hvemu_event e = { .port_id = port, .flag = flag };

	return ioctl(vmm->fd, HVEMU_SIGNAL_EVENT, &e);
}

#endif
