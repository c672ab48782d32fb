#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# known-bugs.sh [--write | --ran DIR]: docs/known-bugs.md against selftests/status/known-bugs.tsv,
# from which --write makes it; every test that a row names is in the sources. With --ran: it
# passed in the logs of a run of run.sh, too.
set -u
. "$(dirname "$0")/ktap.sh"

table known-bugs docs/known-bugs.md "the tests that rows name are in the sources" "$@"
plan
