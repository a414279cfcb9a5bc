/* SPDX-License-Identifier: GPL-2.0 */
/* What connections carry: bytes that each depend on all that came before. */

#ifndef BYTES_H
#define BYTES_H

static inline void fill(unsigned char *bytes, int count, unsigned int *state)
{
	for (int i = 0; i < count; i++) {
		*state = *state * 1664525 + 1013904223;
		bytes[i] = *state >> 24;
	}
}

#endif
