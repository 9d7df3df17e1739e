/*
 * reader: one input file into memory, or a status that says why not.
 *
 * The size is checked and the format sniffed from the first bytes before the rest is read, so that
 * a sparse giant or a video among the pictures costs nothing. A file that is not what the scan saw,
 * or changes while it is read, is STATUS_CHANGED. Knows: base, image/codec.h, dataset/manifest.h.
 */
#ifndef PIXSCALE_PIPELINE_READER_H
#define PIXSCALE_PIPELINE_READER_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/status.h"
#include "dataset/manifest.h"
#include "image/codec.h"

/* All zeros is an empty reader. One a thread; the buffer grows to the largest file. */
struct reader {
    struct buffer data;
    size_t size;               /* bytes of the file in `data` */
    const struct codec *codec; /* whose format they are */
};

/* Reads the file of a manifest entry, which is refused above `max_bytes`. On ok, data, size and
 * codec are set; otherwise *why says why. A picture's file of more than `most` bytes is only looked
 * at: ok and the codec, but a size of 0. */
enum status reader_read(struct reader *reader, const struct manifest_entry *entry,
                        uint64_t max_bytes, uint64_t most, struct reason *why);

/* Gives back the buffer; the reader may be used again. */
void reader_free(struct reader *reader);

#endif
