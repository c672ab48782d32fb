#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# soak.sh [HOURS] [SEED] [6.12|7.2|debug]: lab/suites/soak.sh for about HOURS (default 1, may be
# 0.1) in the lab, where a second of the guest's clock takes about six.
set -eu
. "$(dirname "$0")/lab/lib.sh"

hours=${1:-1} seed=${2:-$(date +%Y%m%d)} kernel=${3:-6.12}
seconds=$(awk -v h="$hours" 'BEGIN { printf "%d", h * 3600 }')
[ "$seconds" -ge 60 ] || die "usage: soak.sh [HOURS] [SEED] [KERNEL]"
HVE_SECONDS="$((seconds / 6)) $seed" HVE_LIMIT=$((seconds * 2 + 900)) exec "$LAB/suite.sh" soak "$kernel"
