# SPDX-License-Identifier: GPL-2.0-only OR MIT
#
# usage: od -An -v -tu1 IMAGE | awk -f image-frames.awk >FRAMES
#
# The image's unwind tables as assembly, for the library that embeds it. No dynamic linker knows the
# image, so unwinders look for its functions in the tables of the library. They go there byte by
# byte but for what says where a function begins. Source: LSB Core specification, chapter 10.6.

function fail(why) {
	print "image-frames.awk: " why >"/dev/stderr"
	failed = 1
	exit 1
}

function number(offset, len,	value, i) {
	value = 0
	for (i = 0; i < len; i++)
		value = value * 256 + byte[byte[5] == 2 ? offset + i : offset + len - 1 - i] # EI_DATA
	return value
}

# What is stored as the distance from where it is stored.
function address(offset,	value) {
	value = number(offset, 4)
	return offset + (value < 2147483648 ? value : value - 4294967296)
}

function put_bytes(from, end) {
	for (; from < end; from++)
		print "\t.byte " byte[from]
}

# The segment's place in the file and in memory is the same, from 0 on.
function find_tables(	i, header) {
	for (i = 0; i < number(56, 2); i++) { # e_phnum, e_phoff
		header = number(32, 8) + i * number(54, 2)
		if (number(header, 4) == 1685382480) # PT_GNU_EH_FRAME
			return number(header + 8, 8)
	}
	fail("the image has no PT_GNU_EH_FRAME")
}

# Augmentation zR: only the encoding, of which all addresses here are.
function put_common(entry, end,	augmentation) {
	for (augmentation = entry + 9; byte[augmentation]; augmentation++)
		text[entry] = text[entry] sprintf("%c", byte[augmentation])
	# Alignments of code and data, return address: a byte each. Then the length.
	if (text[entry] !~ /^zRB?$/ || byte[augmentation + 5] != 27) # DW_EH_PE_pcrel | sdata4
		fail("a common entry of a kind that is not known")
	print ".Lcommon_" entry ":"
	print "\t.long " end - entry - 4
	put_bytes(entry + 4, end)
}

function put_function(entry, end,	common) {
	common = entry + 4 - number(entry + 4, 4)
	if (!(common in text))
		fail("an entry without its common one")
	print "\t.long " end - entry - 4 ", . - .Lcommon_" common
	print "\t.long vgr_image + " address(entry + 8) " - ."
	put_bytes(entry + 12, end)
	functions++
}

{
	for (i = 1; i <= NF; i++)
		byte[num++] = $i
}

END {
	if (failed)
		exit 1
	header = find_tables()
	if (byte[header + 1] != 27 || byte[header + 2] != 3) # sdata4 relative, udata4
		fail("a table of a kind that is not known")
	entry = address(header + 4)
	while (functions < number(header + 8, 4)) {
		end = entry + 4 + number(entry, 4)
		if (end <= entry + 4 || end > num)
			fail("an entry that does not end")
		if (number(entry + 4, 4) == 0)
			put_common(entry, end)
		else
			put_function(entry, end)
		entry = end
	}
}
