/*
 * fuzz_reserved: the one thing that libdeflate takes and zlib refuses.
 *
 * Deflate leaves some codes without a meaning. A stream that uses one, in chunks with the right
 * checksums (but for the last one's, if the file ends in it) and with the right Adler-32, is
 * nothing that damage makes; libdeflate gives it a meaning of its own. So the two ways to decode a
 * PNG differ on it, and this tells such a file.
 */
#ifndef PIXSCALE_FUZZ_RESERVED_H
#define PIXSCALE_FUZZ_RESERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether zlib refuses the pixels of a PNG for a code that means nothing. */
bool fuzz_reserved_code(const uint8_t *data, size_t size);

#endif
