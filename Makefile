# SPDX-License-Identifier: GPL-2.0
#
# hvemu, a hypervisor in a module. `make help` lists what there is.

KDIR	?= /lib/modules/$(shell uname -r)/build
DESTDIR	?=
VERSION	:= $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)
RUN	:= selftests/run.sh
# Test suites make their own jobserver, and some jobs must not share two cores
MAKEFLAGS += --no-print-directory

all: modules

help:
	@sed -n 's/^#: //p' $(firstword $(MAKEFILE_LIST))

#: modules     the module, hvemu.ko, for the running kernel (KDIR=... for another)
#: install     the module into /lib/modules (DESTDIR=... or INSTALL_MOD_PATH=...: below another root)
#: tools       hvemu-stat and hvemu-nested, into TOOLS (selftests/out); `make install-tools` puts it into PREFIX/sbin
#: uninstall   takes it away again
#: clean       removes build products
#: dkms        registers the sources with dkms, builds and installs
modules:
	@[ -d $(KDIR) ] || { echo "no kernel headers in $(KDIR): install linux-headers-$$(uname -r), or give KDIR=..."; exit 1; }
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

INSTALL_MOD_PATH ?= $(DESTDIR)
RELEASE = $(shell $(MAKE) -s -C $(KDIR) kernelrelease)

# below another root there may be no list of the kernel's own modules: no depmod
install:
	$(MAKE) -C $(KDIR) M=$(CURDIR) INSTALL_MOD_PATH=$(INSTALL_MOD_PATH) modules_install
	$(if $(INSTALL_MOD_PATH),,depmod $(RELEASE))

uninstall:
	rm -f $(INSTALL_MOD_PATH)/lib/modules/$(RELEASE)/*/hvemu.ko*
	$(if $(INSTALL_MOD_PATH),,depmod $(RELEASE))

TOOLS	?= selftests/out
PREFIX	?= /usr/local
tools:
	$(MAKE) -C selftests OUT=$(abspath $(TOOLS)) $(abspath $(TOOLS))/hvemu-stat \
		$(abspath $(TOOLS))/hvemu-nested

install-tools: tools
	install -D -m 755 -t $(DESTDIR)$(PREFIX)/sbin $(TOOLS)/hvemu-stat $(TOOLS)/hvemu-nested

clean:
	[ ! -d $(KDIR) ] || $(MAKE) -C $(KDIR) M=$(CURDIR) clean
	$(MAKE) -C selftests clean

# sources only, whatever has been built here
DKMS_SRC := $(DESTDIR)/usr/src/hvemu-$(VERSION)
dkms:
	mkdir -p $(DKMS_SRC)
	find dkms.conf Kbuild hvemu include -name '*.[chS]' ! -name '*.mod.c' -o -name Kbuild -o -name dkms.conf | \
		xargs cp --parents -t $(DKMS_SRC)
	$(if $(DESTDIR),,dkms add -m hvemu -v $(VERSION) || true)
	$(if $(DESTDIR),,dkms install -m hvemu -v $(VERSION))

#: demo        boots Debian's kernel as a guest, in the lab if the machine has no VT-x;
#:             GUEST=path takes another bzImage (root on Debian 12: installs what it needs)
#: test        all tests; check: the sources' rules and builds for three kernels
#: unit        tests that need no privilege; fuzz: seconds of fuzzing; selftest: in the lab
#: fuzz-ioctl  random ioctls for MINUTES=30, in the lab; fuzz-guest: guests that do anything
#:             (KERNEL=debug: on the kernel of test-debug, where the lines that ran are counted)
#: test-debug  suites in the lab on a kernel with KASAN, UBSAN, lockdep, kmemleak (built first)
#: coverage    lines that run in unit tests and in what test-debug, fuzz-* have left behind
#: soak        guests of all kinds beside KVM's for HOURS=1, in the lab
#: bench       costs per operation, beside KVM's
#: lab         fetches and builds what the lab needs; lab-shell: a shell in it
demo:
	@selftests/demo.sh $(GUEST)

# `make check test` is one run with one count at its end
ifeq ($(filter check,$(MAKECMDGOALS))$(filter test,$(MAKECMDGOALS)),checktest)
check:
	@:
test:
	@$(RUN) all
else
check:
	@$(RUN) check
test:
	@$(RUN) all
endif

unit:
	@$(RUN) unit

selftest:
	@$(RUN) lab

fuzz:
	@selftests/lab/setup.sh fuzz
	@$(MAKE) -C selftests/fuzz run

MINUTES ?= 30
KERNEL	?= 6.12
fuzz-ioctl:
	@selftests/stress.sh ioctl_fuzz $(MINUTES) "$(SEED)" $(KERNEL)

fuzz-guest:
	@selftests/stress.sh guest_fuzz $(MINUTES) "$(SEED)" $(KERNEL)

HOURS ?= 1
soak:
	@selftests/soak.sh $(HOURS) "$(SEED)" $(KERNEL)

test-debug:
	@$(RUN) debug

coverage:
	@selftests/coverage.sh

bench:
	@selftests/bench.sh

lab:
	@selftests/lab/setup.sh all

lab-shell:
	@selftests/lab/shell.sh

.PHONY: all help modules install uninstall tools install-tools clean dkms demo check test unit selftest fuzz fuzz-ioctl fuzz-guest test-debug coverage soak bench lab lab-shell
