#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bench.sh: prints what operations cost on hvemu and on KVM; on this machine when it has
# VT-x and kvm_intel (give "host"), else in the lab, where a tick is an instruction.
set -eu
. "$(dirname "$0")/lab/lib.sh"

HVE_OUT=$HVE_CACHE/bench "$LAB/suite.sh" -e guest bench "${1:-6.12}"
