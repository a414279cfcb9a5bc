// SPDX-License-Identifier: GPL-2.0
/* A program that does nothing, for ever. */

#include <unistd.h>

int main(void)
{
	return pause();
}
