# SPDX-License-Identifier: GPL-2.0
# tests.pl: names of tests, "program: result", in the rows of selftests/status: are they in
# the sources, did they pass in a run. For the scripts of this directory.
use strict;
use warnings;

sub slurp {
	my ($path) = @_;
	local $/;
	open(my $f, "<", $path) or die "$path: $!\n";
	return scalar <$f>;
}

# as the harness of the unit tests prints it
sub unit_name {
	my ($id) = @_;
	return $id unless $id =~ s/_trap((?:_\d+)+)$//;
	return "trap " . join(", ", grep { length } split /_/, $1) . ": $id";
}

# source_of PROGRAM: its file
sub source_of {
	my ($program) = @_;
	return "selftests/$program.c" if $program =~ m{^(?:unit(?:-emul)?/)?\w+$} && -e "selftests/$program.c";
	return "selftests/lab/suites/$program.sh" if $program =~ /^[\w-]+$/ && -e "selftests/lab/suites/$program.sh";
	return undef;
}

# results_of PROGRAM: the results that its source can print, % for what varies
my %results;
sub results_of {
	my ($program) = @_;
	my $path = source_of($program);
	my $text = slurp($path);
	my @found;
	if ($path =~ /\.sh$/) {
		push @found, $2 while $text =~ /^\s*(check|program|ok) "([^"]+)"/gm;
		push @found, split(/\s+/, $1) while $text =~ /^# kst [\d.]+: (.*)$/gm;
	} elsif ($program =~ m{^unit/}) {
		push @found, unit_name($1) while $text =~ /^TEST\((\w+)\)/gm;
	} elsif ($program =~ m{^unit-emul/}) {
		push @found, $1 while $text =~ /\bRUN\((\w+)\)/g;
	} else {
		# neighbours are one literal
		while ($text =~ /((?:"(?:\\.|[^"\\\n])*"\s*)+)/g) {
			my $s = $1;
			$s =~ s/"\s*(?:"|$)//g;
			$s =~ s/^"//;
			push @found, $s if $s =~ /\w/;
		}
	}
	return @found;
}

# Words that a format must have of its own, lest "%s" be any result
sub can_print {
	my ($program, $result) = @_;
	$results{$program} //= [results_of($program)];
	for my $format (@{ $results{$program} }) {
		return 1 if $format eq $result;
		my @parts = split /%[-#0-9.]*(?:ll|l|h)?[a-z]/, $format, -1;
		next if @parts < 2 || length(join("", @parts)) < 4;
		my $re = join(".+", map { quotemeta } @parts);
		return 1 if $result =~ /^$re$/;
	}
	return 0;
}

# what is wrong with TEST as a name
sub test_problem {
	my ($test) = @_;
	my ($program, $result) = $test =~ /^(\S+): (\S.*)$/ or return "'$test' is not \"program: result\"";
	return "no program $program" unless source_of($program);
	return "$program prints no result '$result'" unless can_print($program, $result);
	return undef;
}

# job_of PROGRAM: the job of run.sh in whose logs its results are, a prefix for suites
sub job_of {
	my ($program) = @_;
	return $1 if $program =~ m{^(unit(?:-emul)?)/};
	return source_of($program) =~ /\.sh$/ ? "lab/$program-" : "lab/selftests-";
}

# passed and failed results of a run: "program: result" => 1
sub results_of_run {
	my ($dir) = @_;
	my (%passed, %failed);
	for my $log (glob("$dir/unit*.log $dir/lab-*.log")) {
		my $job = $log =~ s{.*/|\.log$}{}gr;
		my $program = "";
		my $suite = $job =~ /^lab-(.*)-[^-]+$/ ? $1 : undef;
		for (split /\r?\n/, slurp($log)) {
			$program = "$job/$1" if !$suite && /^# (\w+)$/;
			next unless /^(not )?ok \d+ (?:- )?(.*)/;
			my ($failed, $name) = ($1, $2);
			next if $name =~ s/ *# *SKIP.*//i;
			# a program of ours under another parameter is the same program
			$name =~ s/^(\w+_test) \w+=\w+: /$1: /;
			my @names = $suite ? ($name, "$suite: $name") : "$program: $name";
			# ktap_errno() adds the errno's text
			push @names, $1 if $name =~ /^(\w+_test: .+): [A-Z][^:]+$/;
			for my $n (@names) {
				$failed ? $failed{$n}++ : $passed{$n}++;
			}
			# a program of KVM's, of one version or with several results
			next unless $suite && $name =~ /^(\w+)(?:: | \(| of [\d.]+)/;
			$failed ? $failed{"$suite: $1"}++ : $passed{"$suite: $1"}++;
		}
	}
	return (\%passed, \%failed);
}

# run_problem TEST PASSED FAILED: what a run says about it, undef when it passed
sub run_problem {
	my ($test, $passed, $failed) = @_;
	my $re = join(".+", map { quotemeta } split /\*/, $test, -1);
	my $in = sub { $_[0]->{$test} || $test =~ /\*/ && grep { /^$re$/ } keys %{ $_[0] } };
	return "failed: $test" if $in->($failed);
	return "did not pass: $test" unless $in->($passed);
	return undef;
}

1;
