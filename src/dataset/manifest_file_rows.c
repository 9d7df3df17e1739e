#include "dataset/manifest_file_rows.h"

#include <string.h>

#define VARINT_MOST 10 /* bytes of 64 bits */
#define HAS_ERROR   4

void manifest_file_rows_put32(uint8_t *to, uint32_t value)
{
    for (int i = 0; i < 4; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

void manifest_file_rows_put64(uint8_t *to, uint64_t value)
{
    for (int i = 0; i < 8; i++)
        to[i] = (uint8_t)(value >> 8 * i);
}

uint32_t manifest_file_rows_get32(const uint8_t *from)
{
    uint32_t value = 0;
    for (int i = 0; i < 4; i++)
        value |= (uint32_t)from[i] << 8 * i;
    return value;
}

uint64_t manifest_file_rows_get64(const uint8_t *from)
{
    return manifest_file_rows_get32(from) | (uint64_t)manifest_file_rows_get32(from + 4) << 32;
}

/* Small numbers of either sign become small ones: 0, -1, 1, -2 ... are 0, 1, 2, 3 ... */
static uint64_t zigzag(uint64_t difference)
{
    return difference << 1 ^ (difference >> 63 ? UINT64_MAX : 0);
}

static uint64_t unzigzag(uint64_t value)
{
    return value >> 1 ^ (value & 1 ? UINT64_MAX : 0);
}

static void put_varint(struct manifest_file_encoder *encoder, uint64_t value)
{
    uint8_t *to = encoder->data.data + encoder->used;
    for (; value >= 0x80; value >>= 7)
        *to++ = (uint8_t)(value | 0x80);
    *to++ = (uint8_t)value;
    encoder->used = (size_t)(to - encoder->data.data);
}

static size_t shared_with(const struct manifest_file_encoder *encoder, const char *path)
{
    size_t shared = 0;
    if (!encoder->path)
        return 0;
    while (shared < MANIFEST_FILE_SHARED && path[shared] && path[shared] == encoder->path[shared])
        shared++;
    return shared;
}

static bool make_room(struct manifest_file_encoder *encoder, size_t bytes)
{
    size_t needed = encoder->used + bytes;
    return needed <= encoder->data.capacity ||
           buffer_grow(&encoder->data, 2 * needed, encoder->used);
}

bool manifest_file_rows_add(struct manifest_file_encoder *encoder,
                            const struct manifest_entry *entry)
{
    size_t length = strlen(entry->path), shared = shared_with(encoder, entry->path);
    if (!make_room(encoder, 1 + 5 * VARINT_MOST + length - shared))
        return false;
    encoder->data.data[encoder->used++] = (uint8_t)(entry->kind | (entry->error ? HAS_ERROR : 0));
    if (entry->error)
        put_varint(encoder, entry->error);
    if (entry->kind == MANIFEST_REGULAR) {
        put_varint(encoder, entry->bytes);
        put_varint(encoder, zigzag((uint64_t)entry->mtime_ns - (uint64_t)encoder->mtime_ns));
        encoder->mtime_ns = entry->mtime_ns;
    }
    put_varint(encoder, shared);
    put_varint(encoder, length - shared);
    memcpy(encoder->data.data + encoder->used, entry->path + shared, length - shared);
    encoder->used += length - shared;
    encoder->path = entry->path;
    encoder->length = length;
    return true;
}

void manifest_file_rows_restart(struct manifest_file_encoder *encoder)
{
    *encoder = (struct manifest_file_encoder){.data = encoder->data};
}

/* False at the end, and for a number of more than 64 bits. */
static bool get_varint(struct manifest_file_decoder *decoder, uint64_t *value)
{
    *value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        if (decoder->at == decoder->end)
            return false;
        uint8_t byte = *decoder->at++;
        if (shift == 63 && byte > 1)
            return false;
        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return true;
    }
    return false;
}

static bool get_error(struct manifest_file_decoder *decoder, uint16_t *error)
{
    uint64_t value;
    if (!get_varint(decoder, &value) || value == 0 || value > UINT16_MAX)
        return false;
    *error = (uint16_t)value;
    return true;
}

/* What the row says of the file, without its path. */
static bool get_facts(struct manifest_file_decoder *decoder, struct manifest_entry *entry)
{
    if (decoder->at == decoder->end)
        return false;
    unsigned flags = *decoder->at++, kind = flags & ~(unsigned)HAS_ERROR;
    bool failed = flags & HAS_ERROR;
    *entry = (struct manifest_entry){.kind = (uint16_t)kind};
    if (kind > MANIFEST_MISSING ||
        (failed && kind != MANIFEST_MISSING && kind != MANIFEST_FOLDER) ||
        (failed && !get_error(decoder, &entry->error)))
        return false;
    if (kind != MANIFEST_REGULAR)
        return true;
    uint64_t difference;
    if (!get_varint(decoder, &entry->bytes) || entry->bytes > INT64_MAX ||
        !get_varint(decoder, &difference))
        return false;
    decoder->mtime_ns = (int64_t)((uint64_t)decoder->mtime_ns + unzigzag(difference));
    entry->mtime_ns = decoder->mtime_ns;
    return true;
}

static enum manifest_file_outcome get_path(struct manifest_file_decoder *decoder)
{
    uint64_t shared, rest;
    if (!get_varint(decoder, &shared) || !get_varint(decoder, &rest) || shared > decoder->length ||
        shared > MANIFEST_FILE_SHARED || rest > (uint64_t)(decoder->end - decoder->at) ||
        shared + rest == 0 || memchr(decoder->at, '\0', rest))
        return MANIFEST_FILE_DAMAGED;
    size_t length = (size_t)(shared + rest);
    if (decoder->path.capacity <= length &&
        !buffer_grow(&decoder->path, length + length / 2 + 1, (size_t)shared))
        return MANIFEST_FILE_NO_MEMORY;
    memcpy(decoder->path.data + shared, decoder->at, rest);
    decoder->path.data[length] = '\0';
    decoder->at += rest;
    decoder->length = length;
    return MANIFEST_FILE_FINE;
}

enum manifest_file_outcome manifest_file_rows_next(struct manifest_file_decoder *decoder,
                                                   struct manifest_entry *entry)
{
    if (!get_facts(decoder, entry))
        return MANIFEST_FILE_DAMAGED;
    enum manifest_file_outcome outcome = get_path(decoder);
    if (outcome == MANIFEST_FILE_FINE)
        entry->path = (const char *)decoder->path.data;
    return outcome;
}
