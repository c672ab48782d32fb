// SPDX-License-Identifier: GPL-2.0
/*
 * A 16550 at 0x3f8 with interrupt 4: standard output one way, standard input
 * the other. On a terminal input is raw, and ctrl-A x ends the machine.
 */
#include <err.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include "machine.h"

enum { RBR_THR, IER, IIR_FCR, LCR, MCR, LSR, MSR, SCR };

#define IER_RX		0x01
#define IER_THRE	0x02
#define IIR_NONE	0x01
#define IIR_THRE	0x02
#define IIR_RX		0x04
#define IIR_FIFOS	0xc0
#define FCR_ENABLE	0x01
#define FCR_CLEAR_RX	0x02
#define LCR_DLAB	0x80
#define MCR_LOOP	0x10
#define LSR_DR		0x01
#define LSR_IDLE	0x60		/* both transmit registers empty */
#define MSR_LINE_UP	0xb0		/* DCD, DSR, CTS */
#define CTRL_A		1

static struct termios saved_termios;

static bool rx_ready(const struct serial *s)
{
	return s->head != s->tail;
}

static void update_irq(struct machine *m)
{
	struct serial *s = &m->serial;

	bool rx = s->ier & IER_RX && rx_ready(s);
	bool tx = s->ier & IER_THRE && s->thr_empty_irq;

	ioapic_set_irq(m, SERIAL_IRQ, rx || tx);
}

static uint8_t read_iir(struct serial *s)
{
	uint8_t fifos = s->fcr & FCR_ENABLE ? IIR_FIFOS : 0;

	if (s->ier & IER_RX && rx_ready(s))
		return IIR_RX | fifos;
	if (s->ier & IER_THRE && s->thr_empty_irq) {
		s->thr_empty_irq = false;	/* reading the cause ends it */
		return IIR_THRE | fifos;
	}
	return IIR_NONE | fifos;
}

/* In loop mode the modem outputs are the modem inputs: Linux probes with it. */
static uint8_t read_msr(const struct serial *s)
{
	uint8_t mcr = s->mcr;

	if (!(mcr & MCR_LOOP))
		return MSR_LINE_UP;
	return (mcr & 0x0c) << 4 | (mcr & 0x02) << 3 | (mcr & 0x01) << 5;
}

uint8_t serial_read(struct machine *m, unsigned int reg)
{
	struct serial *s = &m->serial;
	uint8_t value = 0;

	switch (reg) {
	case RBR_THR:
		if (s->lcr & LCR_DLAB)
			return s->dll;
		if (rx_ready(s)) {
			value = s->fifo[s->tail++ % IRQ_FIFO];
			pthread_cond_signal(&s->room);
		}
		break;
	case IER:
		return s->lcr & LCR_DLAB ? s->dlm : s->ier;
	case IIR_FCR:
		value = read_iir(s);
		break;
	case LCR:
		return s->lcr;
	case MCR:
		return s->mcr;
	case LSR:
		return LSR_IDLE | (rx_ready(s) ? LSR_DR : 0);
	case MSR:
		return read_msr(s);
	case SCR:
		return s->scr;
	}
	update_irq(m);
	return value;
}

static void transmit(struct serial *s, uint8_t c)
{
	if (s->mcr & MCR_LOOP) {
		if (s->head - s->tail < IRQ_FIFO)
			s->fifo[s->head++ % IRQ_FIFO] = c;
	} else if (write(STDOUT_FILENO, &c, 1) != 1) {
		/* nobody listens any more: the guest need not know */
	}
	s->thr_empty_irq = true;
}

void serial_write(struct machine *m, unsigned int reg, uint8_t value)
{
	struct serial *s = &m->serial;

	switch (reg) {
	case RBR_THR:
		if (s->lcr & LCR_DLAB)
			s->dll = value;
		else
			transmit(s, value);
		break;
	case IER:
		if (s->lcr & LCR_DLAB) {
			s->dlm = value;
			break;
		}
		/* enabling it with an empty transmitter interrupts at once */
		if (value & ~s->ier & IER_THRE)
			s->thr_empty_irq = true;
		s->ier = value & 0x0f;
		break;
	case IIR_FCR:
		s->fcr = value;
		if (value & FCR_CLEAR_RX)
			s->tail = s->head;
		break;
	case LCR:
		s->lcr = value;
		break;
	case MCR:
		s->mcr = value;
		break;
	case SCR:
		s->scr = value;
		break;
	}
	update_irq(m);
}

static void *terminal_thread(void *arg)
{
	struct machine *m = arg;
	struct serial *s = &m->serial;
	bool tty = isatty(STDIN_FILENO), escape = false;
	uint8_t c;

	while (read(STDIN_FILENO, &c, 1) == 1) {
		if (tty && !escape && c == CTRL_A) {
			escape = true;
			continue;
		}
		pthread_mutex_lock(&m->lock);
		if (escape && c == 'x')
			machine_end(m, END_QUIT, "ended from the terminal");
		escape = false;
		while (s->head - s->tail == IRQ_FIFO)
			pthread_cond_wait(&s->room, &m->lock);
		s->fifo[s->head++ % IRQ_FIFO] = c;
		update_irq(m);
		pthread_mutex_unlock(&m->lock);
	}
	return NULL;
}

static void restore_terminal(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &saved_termios);
}

void serial_init(struct machine *m)
{
	struct termios raw;
	pthread_t thread;

	pthread_cond_init(&m->serial.room, NULL);
	if (!tcgetattr(STDIN_FILENO, &saved_termios)) {
		raw = saved_termios;
		cfmakeraw(&raw);
		raw.c_oflag |= OPOST;
		tcsetattr(STDIN_FILENO, TCSANOW, &raw);
		atexit(restore_terminal);
	}
	if (pthread_create(&thread, NULL, terminal_thread, m))
		errx(1, "cannot start the terminal thread");
}
