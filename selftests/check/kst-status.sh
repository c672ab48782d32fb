#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kst-status.sh [--take LOG... | --write]: docs/kvm-selftests.md against the results of KVM's
# own selftests in selftests/status. --take reads results from logs of the suite kvm-all,
# --write makes the document. Every program that does not pass has a reason; of those that
# apply to hvemu nine in ten pass.
set -u
. "$(dirname "$0")/ktap.sh"

table kst-status docs/kvm-selftests.md "each program that does not pass has a reason, and 90 % pass" "$@"
plan
