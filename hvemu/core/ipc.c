// SPDX-License-Identifier: GPL-2.0
/*
 * Ports and connections: from the structs of the ioctls to the TLFS half, and
 * the eventfds for it.
 */
#include "core/ipc.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/errno.h>
#include <linux/eventfd.h>
#include <linux/minmax.h>
#include <linux/string.h>
#include <linux/uidgid.h>
#include "hvhost.h"
#include "tlfs.h"
#include "core/kvm_abi.h"
#include "core/vm.h"
#include "uapi/hvemu.h"

static_assert(sizeof(struct hvemu_port) == 64);
static_assert(sizeof(struct hvemu_connection) == 48);
static_assert(sizeof(struct hvemu_message) == 256);
static_assert(sizeof(struct hvemu_event) == 16);
static_assert(HVEMU_PORT_MESSAGE == HV_PORT_TYPE_MESSAGE);
static_assert(HVEMU_PORT_EVENT == HV_PORT_TYPE_EVENT);
static_assert(HVEMU_PORT_DOORBELL == HV_PORT_TYPE_DOORBELL);
static_assert(HVEMU_DOORBELL_ANY_VALUE == HV_DOORBELL_ANY_VALUE);
static_assert(HVEMU_DOORBELL_QWORD == HV_DOORBELL_SIZE_QWORD);
static_assert(HVEMU_ANY_VP == HV_ANY_VP);

int hve_ipc_port_create(struct hve_vm *vm, const struct hvemu_port *in)
{
	struct hve_port_desc desc = {
		.id = in->id,
		.type = in->type,
		.vp_index = in->vp_index,
		.sint = in->sint,
		.base_flag = in->base_flag,
		.flag_count = in->flag_count,
	};

	if (memchr_inv(in->reserved, 0, sizeof(in->reserved)))
		return -EINVAL;
	return hve_tlfs_port_create(&vm->pt, &desc);
}

int hve_ipc_port_delete(struct hve_vm *vm, unsigned long id)
{
	return id > HV_PORT_ID_MASK ? -EINVAL :
				      hve_tlfs_port_delete(&vm->pt, id);
}

static int connect_event(struct hve_vm *vm, u32 id, int fd)
{
	struct eventfd_ctx *eventfd = eventfd_ctx_fdget(fd);
	int r;

	if (IS_ERR(eventfd))
		return PTR_ERR(eventfd);
	r = hve_tlfs_connect_event(&vm->pt, id, eventfd);
	if (r)
		eventfd_ctx_put(eventfd);
	return r;
}

int hve_ipc_connect(struct hve_vm *vm, const struct hvemu_connection *in,
		    struct hve_vm *peer)
{
	struct hve_doorbell bell = {
		.gpa = in->gpa, .value = in->value, .flags = in->flags,
	};

	if (in->reserved || in->reserved1)
		return -EINVAL;
	if (in->to != HVEMU_TO_DOORBELL && (in->gpa || in->value || in->flags))
		return -EINVAL;
	if (in->to != HVEMU_TO_PORT && in->to != HVEMU_TO_DOORBELL &&
	    in->port_id)
		return -EINVAL;
	switch (in->to) {
	case HVEMU_TO_PORT:
		if (!uid_eq(vm->uid, peer->uid))
			return -EPERM;
		return hve_tlfs_connect_port(&vm->pt, in->id, &peer->pt,
					     in->port_id);
	case HVEMU_TO_DOORBELL:
		if (!uid_eq(vm->uid, peer->uid))
			return -EPERM;
		WRITE_ONCE(vm->doorbells, true);
		return hve_tlfs_connect_doorbell(&vm->pt, in->id, &peer->pt,
						 in->port_id, &bell);
	case HVEMU_TO_EVENTFD:
		return connect_event(vm, in->id, in->fd);
	case HVEMU_TO_USER:
		return in->fd == -1 ? hve_tlfs_connect_vmm(&vm->pt, in->id) :
				      -EINVAL;
	}
	return -EINVAL;
}

int hve_ipc_disconnect(struct hve_vm *vm, unsigned long id)
{
	return id > HV_CONNECTION_ID_MASK ? -EINVAL :
		hve_tlfs_disconnect(&vm->pt, id, false);
}

int hve_ipc_post(struct hve_vm *vm, const struct hvemu_message *in)
{
	if (in->reserved)
		return -EINVAL;
	return hve_tlfs_port_post(&vm->pt, in->port_id, in->type, in->payload,
				  in->size);
}

int hve_ipc_signal(struct hve_vm *vm, const struct hvemu_event *in)
{
	if (in->reserved)
		return -EINVAL;
	return hve_tlfs_port_signal(&vm->pt, in->port_id, in->flag);
}

int hve_ipc_kvm_eventfd(struct hve_vm *vm, const struct kvm_hyperv_eventfd *in)
{
	if ((in->flags & ~KVM_HYPERV_EVENTFD_DEASSIGN) ||
	    (in->conn_id & ~KVM_HYPERV_CONN_ID_MASK))
		return -EINVAL;
	if (in->flags & KVM_HYPERV_EVENTFD_DEASSIGN)
		return hve_tlfs_disconnect(&vm->pt, in->conn_id, true);
	return connect_event(vm, in->conn_id, in->fd);
}

void hve_host_event_signal(void *event)
{
	eventfd_signal(event);
}

void hve_host_event_put(void *event)
{
	eventfd_ctx_put(event);
}
