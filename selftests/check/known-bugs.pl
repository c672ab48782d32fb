#!/usr/bin/perl
# SPDX-License-Identifier: GPL-2.0
# known-bugs.pl MODE: what selftests/status/known-bugs.tsv says.
#
#   doc          docs/known-bugs.md
#   problems     what is wrong with the rows, and tests they name that no source has
#   jobs         jobs of run.sh that have all the tests of the rows
#   ran DIR      tests that did not pass in the logs of DIR
use strict;
use warnings;
use FindBin;

chdir "$FindBin::Bin/../.." or die "no top directory\n";
require "./selftests/check/tests.pl";

my $ROWS = "selftests/status/known-bugs.tsv";
my (@parts, @bad);

sub read_rows {
	my ($n, %seen) = (0);
	for (split /\n/, slurp($ROWS)) {
		$n++;
		if (/^## (.+)$/) {
			push @parts, { title => $1, rows => [] };
			next;
		}
		next if /^#|^$/;
		my ($id, $fault, $state, $proof, @more) = split /\t/, $_, -1;
		if (@more || !@parts || ($proof // "") !~ /\w/ || $state !~ /^(yes|no)$/) {
			push @bad, "$ROWS:$n: not a row: $_";
			next;
		}
		push @bad, "$ROWS:$n: $id for the second time" if $seen{$id}++;
		push @{ $parts[-1]{rows} }, {
			where => "$ROWS:$n", id => $id, fault => $fault, proof => $proof,
			tests => $state eq "yes" ? [split /; /, $proof] : [],
		};
	}
}

sub rows { return map { @{ $_->{rows} } } @parts }

sub problems {
	print "$_\n" for @bad;
	for my $row (rows()) {
		for my $test (@{ $row->{tests} }) {
			my $problem = test_problem($test);
			print "$row->{where}: $problem\n" if $problem;
		}
	}
}

sub ran {
	my ($passed, $failed) = results_of_run(@_);
	for my $row (rows()) {
		# the debug kernel's alone
		for my $test (grep { !/^inject_test: / } @{ $row->{tests} }) {
			my $problem = run_problem($test, $passed, $failed);
			print "$row->{id}: $problem\n" if $problem;
		}
	}
}

sub jobs {
	my %jobs = map { job_of(s/: .*//r) => 1 } map { @{ $_->{tests} } } rows();
	print "$_\n" for sort keys %jobs;
}

sub cells { print "| ", join(" | ", map { s/\|/\\|/gr } @_), " |\n" }

sub doc {
	my $shown = grep { @{ $_->{tests} } } rows();
	my $all = rows();
	print <<"EOT";
# Faults of others, tried here

Made by `selftests/check/known-bugs.sh --write` from selftests/status/known-bugs.tsv; `make check` compares
it, and looks for each test in the sources. After a run of all suites `selftests/run.sh` compares it with what
has passed.

Each row is a fault that another hypervisor had in something that hvemu has, too, and names the tests that would
show it here. $shown of $all rows have one; the others say why not.
EOT
	for my $part (@parts) {
		print "\n## $part->{title}\n\n| where | what went wrong there | tests, or why none |\n|---|---|---|\n";
		cells($_->{id}, $_->{fault}, @{ $_->{tests} } ? join("<br>", @{ $_->{tests} }) : $_->{proof})
			for @{ $part->{rows} };
	}
}

read_rows();
my $mode = shift // "";
my %modes = (doc => \&doc, problems => \&problems, jobs => \&jobs, ran => \&ran);
die "usage: known-bugs.pl doc|problems|jobs|ran DIR\n" unless $modes{$mode};
$modes{$mode}->(@ARGV);
