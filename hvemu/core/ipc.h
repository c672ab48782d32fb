/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ports and connections of a VM: what the structs of uapi/hvemu.h, and
 * KVM_HYPERV_EVENTFD, mean.
 */
#ifndef HVE_CORE_IPC_H
#define HVE_CORE_IPC_H

struct hve_vm;
struct hvemu_connection;
struct hvemu_event;
struct hvemu_message;
struct hvemu_port;
struct kvm_hyperv_eventfd;

/** hve_ipc_port_create() - HVEMU_CREATE_PORT */
int hve_ipc_port_create(struct hve_vm *vm, const struct hvemu_port *in);

/** hve_ipc_port_delete() - HVEMU_DELETE_PORT */
int hve_ipc_port_delete(struct hve_vm *vm, unsigned long id);

/**
 * hve_ipc_connect() - HVEMU_CONNECT_PORT
 * @vm: VM of the sender
 * @in: request
 * @peer: VM of the receiver, for HVEMU_TO_PORT; may be @vm
 */
int hve_ipc_connect(struct hve_vm *vm, const struct hvemu_connection *in,
		    struct hve_vm *peer);

/** hve_ipc_disconnect() - HVEMU_DISCONNECT_PORT */
int hve_ipc_disconnect(struct hve_vm *vm, unsigned long id);

/** hve_ipc_post() - HVEMU_POST_MESSAGE */
int hve_ipc_post(struct hve_vm *vm, const struct hvemu_message *in);

/** hve_ipc_signal() - HVEMU_SIGNAL_EVENT */
int hve_ipc_signal(struct hve_vm *vm, const struct hvemu_event *in);

/** hve_ipc_kvm_eventfd() - KVM_HYPERV_EVENTFD */
int hve_ipc_kvm_eventfd(struct hve_vm *vm, const struct kvm_hyperv_eventfd *in);

#endif /* HVE_CORE_IPC_H */
