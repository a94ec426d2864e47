# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# Of the results of ctest (--output-junit) prints 'PASSED FAILED SKIPPED CASES', then a line
# 'TEST: REASON' for each skipped test and 'TEST: SUITE::CASE: REASON' for each case that was
# skipped in a test that was run, of which there are CASES. What was skipped is named in the
# output of the test, in lines that begin with 'skipped: '.
#
# ctest calls a test whose program is missing "skipped", too; here that is a failure.

function plain(text) {
	gsub(/&lt;/, "<", text)
	gsub(/&gt;/, ">", text)
	gsub(/&quot;/, "\"", text)
	gsub(/&apos;/, "'", text)
	gsub(/&amp;/, "\\&", text)
	return text
}

function add(reason) {
	list = list "\n" name ": " plain(reason)
	said = 1
}

/<testcase / {
	name = $0
	sub(/.*<testcase name="/, "", name)
	sub(/".*/, "", name)
	name = plain(name)
	is_skipped = said = 0
}
/<testcase .* status="run"/ { passed++ }
/<testcase .* status="fail"/ { failed++ }
/<testcase .* status="disabled"/ { skipped++; is_skipped = 1 }
/<skipped message="SKIP_/ { skipped++; is_skipped = 1; next }
/<skipped message="/ { failed++ }
/<system-out>/ {
	in_output = 1
	sub(/.*<system-out>/, "")
	first = $0
}
in_output {
	is_last = sub(/<\/system-out>.*/, "")
	if (/^skipped: /) {
		cases += !is_skipped
		add(substr($0, length("skipped: ") + 1))
	}
	if (is_last) {
		in_output = 0
		sub(/<\/system-out>.*/, "", first)
		# A reason in words of its own.
		if (is_skipped && !said)
			add(first)
	}
}
END { printf "%d %d %d %d%s\n", passed, failed, skipped, cases, list }
