// SPDX-License-Identifier: GPL-2.0
/*
 * No assembly needs an offset. The compiler's command line for this file, which
 * kbuild records, is what the Rust build takes its flags from.
 */

int main(void)
{
	return 0;
}
