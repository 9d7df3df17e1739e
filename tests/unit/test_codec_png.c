/*
 * The PNG decoder, both ways of it, against libpng: made pictures of every kind, damaged ones, and,
 * where PIXSCALE_DATA names a folder of them, real and hostile ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <dirent.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "image/codec_png.h"
#include "png_files.h"
#include "png_libpng.h"

/* Asking for more memory than there is shall fail under a sanitizer as it does elsewhere. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

#define MAX_PIXELS (64u << 20)
#define STRIP      8

static const struct codec *const ways[2] = {&codec_png, &codec_png_streamed};
static void *states[2]; /* one for all pictures of all tests, as a thread has */

static int make_states(void **state)
{
    (void)state;
    for (int w = 0; w < 2; w++)
        states[w] = ways[w]->create();
    return states[0] && states[1] ? 0 : -1;
}

static int free_states(void **state)
{
    (void)state;
    for (int w = 0; w < 2; w++)
        ways[w]->destroy(states[w]);
    return 0;
}

/* What came of one file. */
struct outcome {
    enum status status;
    struct reason why;
    struct picture picture;
    uint32_t got; /* rows */
    size_t row_bytes;
    uint8_t *rows; /* got × row_bytes */
};

/* The file in memory that ends at a page nobody may touch. */
struct guarded {
    uint8_t *map, *data;
    size_t bytes;
};

static struct guarded guard(const struct bytes *file)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t body = (file->size + page - 1) / page * page;
    struct guarded guarded = {.bytes = body + page};
    guarded.map =
        mmap(NULL, body + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(guarded.map != MAP_FAILED);
    assert_int_equal(mprotect(guarded.map + body, page, PROT_NONE), 0);
    guarded.data = guarded.map + body - file->size;
    memcpy(guarded.data, file->data, file->size);
    return guarded;
}

static void pull(int way, unsigned strip, struct outcome *outcome)
{
    const struct codec *codec = ways[way];
    uint8_t *row[STRIP];
    /* Own blocks, so that a sanitizer sees a row that is overrun; spoilt after each call. */
    for (unsigned i = 0; i < strip; i++)
        row[i] = malloc(outcome->row_bytes + CODEC_ROW_SLACK);
    while (outcome->status == STATUS_OK && outcome->got < outcome->picture.height) {
        unsigned left = outcome->picture.height - outcome->got, got = 99;
        unsigned count = strip < left ? strip : left;
        outcome->status = codec->rows(states[way], row, count, &got, &outcome->why);
        assert_true(got <= count && (outcome->status != STATUS_OK || got > 0));
        for (unsigned i = 0; i < got; i++, outcome->got++) {
            memcpy(outcome->rows + outcome->got * outcome->row_bytes, row[i], outcome->row_bytes);
            memset(row[i], 0xa5, outcome->row_bytes + CODEC_ROW_SLACK);
        }
    }
    for (unsigned i = 0; i < strip; i++)
        free(row[i]);
}

static struct outcome decode(int way, const struct bytes *file, unsigned strip,
                             const struct codec_limits *limits)
{
    const struct codec *codec = ways[way];
    struct outcome outcome = {0};
    struct guarded guarded = guard(file);
    outcome.status =
        codec->open(states[way], guarded.data, file->size, limits, &outcome.picture, &outcome.why);
    if (outcome.status == STATUS_OK) {
        assert_true(outcome.picture.width >= 1 && outcome.picture.height >= 1);
        outcome.row_bytes = pixel_row_bytes(outcome.picture.format, outcome.picture.width);
        outcome.rows = malloc(outcome.row_bytes * outcome.picture.height);
        outcome.status = codec->start(states[way], &outcome.why);
    }
    if (outcome.status == STATUS_OK)
        pull(way, strip, &outcome);
    if (outcome.status == STATUS_OK)
        outcome.status = codec->finish(states[way], &outcome.why);
    if (outcome.status != STATUS_OK)
        assert_int_not_equal(outcome.why.kind, REASON_NONE);
    codec->close(states[way]);
    munmap(guarded.map, guarded.bytes);
    return outcome;
}

static void outcome_free(struct outcome *outcome)
{
    free(outcome->rows);
    outcome->rows = NULL;
}

static const struct codec_limits usual = {.max_pixels = MAX_PIXELS};
static const struct codec_limits accepting = {.max_pixels = MAX_PIXELS, .accept_truncated = true};

static void assert_same(const struct outcome *a, const struct outcome *b)
{
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->why.kind, b->why.kind);
    assert_int_equal(a->why.code, b->why.code);
    assert_int_equal(a->why.arg[0], b->why.arg[0]);
    assert_int_equal(a->got, b->got);
    if (a->got > 0)
        assert_memory_equal(a->rows, b->rows, a->got * a->row_bytes);
}

/* By both ways, which must agree in everything. The caller frees the outcome. */
static struct outcome decode_both(const struct bytes *file, unsigned strip,
                                  const struct codec_limits *limits)
{
    struct outcome outcome = decode(0, file, strip, limits);
    struct outcome other = decode(1, file, strip, limits);
    assert_same(&outcome, &other);
    outcome_free(&other);
    return outcome;
}

/* The first `rows` rows, against what libpng made of a good file. */
static void assert_rows(const struct outcome *outcome, const struct reference *reference,
                        uint32_t rows)
{
    assert_int_equal(outcome->picture.width, reference->width);
    assert_int_equal(outcome->picture.height, reference->height);
    assert_int_equal(outcome->row_bytes, reference->row_bytes);
    for (uint32_t y = 0; y < rows; y++)
        assert_true(rows_equal(outcome->rows + y * outcome->row_bytes,
                               reference->rows + y * reference->row_bytes,
                               (size_t)reference->width * reference->bits));
}

static const struct {
    int color, depth;
} kinds[] = {{0, 1}, {0, 2}, {0, 4}, {0, 8}, {0, 16}, {2, 8}, {2, 16}, {3, 1},
             {3, 2}, {3, 4}, {3, 8}, {4, 8}, {4, 16}, {6, 8}, {6, 16}};
#define KINDS (sizeof kinds / sizeof *kinds)

static void expect_good(const struct make *make, unsigned strip)
{
    struct bytes file = make_png(make);
    struct reference reference;
    assert_true(reference_decode(&file, MAX_PIXELS, &reference));
    struct outcome outcome = decode_both(&file, strip, &usual);
    assert_int_equal(outcome.status, STATUS_OK);
    assert_int_equal(outcome.why.kind, REASON_NONE);
    assert_int_equal(outcome.got, reference.height);
    assert_rows(&outcome, &reference, outcome.got);
    outcome_free(&outcome);
    reference_free(&reference);
    bytes_free(&file);
}

static void every_kind_as_libpng(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{1, 1}, {3, 5},   {5, 1},   {1, 9},
                                        {8, 8}, {33, 17}, {101, 40}};
    static const int filters[] = {PNG_FILTER_NONE, PNG_FILTER_SUB,   PNG_FILTER_UP,
                                  PNG_FILTER_AVG,  PNG_FILTER_PAETH, PNG_ALL_FILTERS};
    static const unsigned strips[] = {1, 3, 8};
    unsigned n = 0;
    for (size_t k = 0; k < KINDS; k++)
        for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
            for (int f = 0; f < 6; f++)
                for (int interlace = 0; interlace < 2; interlace++, n++)
                    expect_good(&(struct make){.width = sizes[s][0],
                                               .height = sizes[s][1],
                                               .depth = kinds[k].depth,
                                               .color = kinds[k].color,
                                               .interlace = interlace,
                                               .filters = filters[f],
                                               .idat = n % 2 ? 8192 : 64,
                                               .seed = n},
                                strips[n % 3]);
}

/* Every kind small, for damage: some 100 to 700 bytes each. */
static struct bytes small_file(size_t kind, int interlace, unsigned idat)
{
    return make_png(&(struct make){.width = 9,
                                   .height = 7,
                                   .depth = kinds[kind].depth,
                                   .color = kinds[kind].color,
                                   .interlace = interlace,
                                   .filters = PNG_ALL_FILTERS,
                                   .idat = idat,
                                   .seed = (uint32_t)kind});
}

/* Good rows are right, and ok means all of them. */
static void assert_harmless(const struct outcome *outcome, const struct reference *reference)
{
    if (outcome->status == STATUS_OK) {
        assert_int_equal(outcome->got, reference->height);
        assert_rows(outcome, reference, outcome->got);
    }
    if (outcome->status == STATUS_TRUNCATED && outcome->got > 0)
        assert_rows(outcome, reference, outcome->got);
}

/* Whether the pixels are in one IDAT or in several, of which the last may hold nothing that a row
 * needs: without its IEND (12 bytes) a file is whole, with a remark, and shorter it is not. */
static void cut_at_every_length(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k++)
        for (int n = 0; n < 4; n++) {
            struct bytes file = small_file(k, n / 2, n % 2 ? 20 : 8192);
            struct reference reference;
            assert_true(reference_decode(&file, MAX_PIXELS, &reference));
            for (size_t size = 4; size < file.size; size++) {
                struct bytes cut = {.data = file.data, .size = size};
                struct outcome outcome = decode_both(&cut, 3, &usual);
                assert_harmless(&outcome, &reference);
                bool whole = size >= file.size - 12;
                assert_int_equal(outcome.status, whole ? STATUS_OK : STATUS_TRUNCATED);
                if (whole && size < file.size - 4)
                    assert_int_equal(outcome.why.code, REASON_PNG_NO_END);
                outcome_free(&outcome);
            }
            reference_free(&reference);
            bytes_free(&file);
        }
}

static void flip_every_bit(void **state)
{
    (void)state;
    for (size_t k = 0; k < KINDS; k += 3)
        for (int n = 0; n < 4; n++) {
            struct bytes file = small_file(k, n / 2, n % 2 ? 20 : 8192);
            struct reference reference;
            assert_true(reference_decode(&file, MAX_PIXELS, &reference));
            for (size_t at = 0; at < file.size - 12; at++)
                for (int bit = 0; bit < 8; bit++) {
                    file.data[at] ^= (uint8_t)(1 << bit);
                    struct outcome outcome = decode_both(&file, 8, &usual);
                    assert_int_not_equal(outcome.status, STATUS_OK);
                    assert_harmless(&outcome, &reference);
                    outcome_free(&outcome);
                    file.data[at] ^= (uint8_t)(1 << bit);
                }
            reference_free(&reference);
            bytes_free(&file);
        }
}

/* A small gray picture around a zlib stream of the test's choice, in one IDAT or in two. */
static struct bytes around(const struct bytes *stream, uint8_t interlace, size_t split)
{
    struct bytes file = png_start(6, 8, 8, 0, interlace);
    if (split > 0)
        png_chunk(&file, "IDAT", stream->data, split);
    png_chunk(&file, "IDAT", stream->data + split, stream->size - split);
    png_end(&file);
    return file;
}

/* Filtered bytes of that picture: 8 rows, or the 1+1+1+2+2+4+4 rows of its passes. Few values, so
 * that they are deflated and not stored, but ones whose differences do not add up: Adler-32 misses
 * a change by 1, -2, 1. */
static struct bytes filtered(uint8_t interlace, uint32_t seed)
{
    static const uint8_t width[7] = {1, 1, 2, 1, 3, 3, 6}, height[7] = {1, 1, 1, 2, 2, 4, 4};
    static const uint8_t values[4] = {0, 3, 50, 201};
    struct bytes bytes = {0};
    for (int pass = interlace ? 0 : 6; pass < 7; pass++)
        for (int y = 0; y < (interlace ? height[pass] : 8); y++) {
            bytes_add(&bytes, &(uint8_t){(uint8_t)(png_random(&seed) % 5)}, 1);
            for (int x = 0; x < width[pass]; x++)
                bytes_add(&bytes, &values[png_random(&seed) % 4], 1);
        }
    return bytes;
}

/* With its CRC made right again, a changed stream is found by the inflater or by its Adler-32, also
 * when that lies in an IDAT of its own which no row needs. What is left gives the same pixels: bits
 * that fill up the last byte, a distance to an equal run. */
static void changed_streams_are_found(void **state)
{
    (void)state;
    for (uint8_t interlace = 0; interlace < 2; interlace++) {
        struct bytes raw = filtered(interlace, 77);
        struct bytes stream = png_deflated(raw.data, raw.size);
        struct bytes good = around(&stream, interlace, 0);
        struct reference reference;
        assert_true(reference_decode(&good, MAX_PIXELS, &reference));
        for (size_t split = 0; split < stream.size; split += stream.size - 4)
            for (size_t at = 0; at < stream.size; at++)
                for (int bit = 0; bit < 8; bit++) {
                    stream.data[at] ^= (uint8_t)(1 << bit);
                    struct bytes file = around(&stream, interlace, split);
                    struct outcome outcome = decode_both(&file, 8, &usual);
                    if (at >= stream.size - 4)
                        assert_int_equal(outcome.status, STATUS_CORRUPT);
                    if (outcome.status == STATUS_OK)
                        assert_rows(&outcome, &reference, outcome.got);
                    outcome_free(&outcome);
                    bytes_free(&file);
                    stream.data[at] ^= (uint8_t)(1 << bit);
                }
        reference_free(&reference);
        bytes_free(&good);
        bytes_free(&stream);
        bytes_free(&raw);
    }
}

/* Streams that are right in themselves but hold more or less than the picture. */
static void streams_of_another_length(void **state)
{
    (void)state;
    struct bytes raw = filtered(0, 5);
    for (size_t size = 0; size < raw.size; size++) {
        struct bytes stream = png_deflated(raw.data, size);
        struct bytes file = around(&stream, 0, 0);
        struct outcome outcome = decode_both(&file, 3, &usual);
        assert_int_equal(outcome.status, STATUS_TRUNCATED);
        assert_int_equal(outcome.why.code, REASON_DATA_ENDS);
        assert_int_equal(outcome.why.arg[0], outcome.got);
        assert_int_equal(outcome.why.arg[1], 8);
        /* A row is handed out when the filter of the next one is there too. */
        assert_int_equal(outcome.got, size > 0 ? (size - 1) / 7 : 0);
        outcome_free(&outcome);
        bytes_free(&file);
        bytes_free(&stream);
    }
    struct bytes more = bytes_copy(&raw);
    for (int i = 0; i < 300; i++)
        bytes_add(&more, "more", 4);
    struct bytes stream = png_deflated(more.data, more.size);
    struct bytes file = around(&stream, 0, 0);
    struct outcome outcome = decode_both(&file, 3, &usual);
    assert_int_equal(outcome.status, STATUS_OK);
    outcome_free(&outcome);
    bytes_free(&file);
    bytes_free(&stream);

    stream = png_deflated(raw.data, raw.size);
    bytes_add(&stream, "behind the stream", 17);
    file = around(&stream, 0, 0);
    outcome = decode_both(&file, 3, &usual);
    assert_int_equal(outcome.status, STATUS_OK);
    outcome_free(&outcome);
    bytes_free(&file);
    bytes_free(&stream);
    bytes_free(&more);
    bytes_free(&raw);
}

/* A gray picture around a stream that goes on for `more` bytes behind the last row, and whose
 * Adler-32 is wrong. */
static struct bytes running_on(uint32_t side, uint8_t interlace, size_t more)
{
    struct bytes raw = {.size = (size_t)side * (side + 1) + (interlace ? 3 * side : 0) + more};
    raw.data = calloc(raw.size, 1);
    struct bytes stream = png_deflated(raw.data, raw.size);
    stream.data[stream.size - 1] ^= 1;
    struct bytes file = png_start(side, side, 8, 0, interlace);
    png_chunk(&file, "IDAT", stream.data, stream.size);
    png_end(&file);
    bytes_free(&stream);
    bytes_free(&raw);
    return file;
}

/* What may be inflated at once hangs on the number of threads, and no outcome may hang on that:
 * neither of a small picture nor of a large one, whether the stream ends soon after it or not. */
static void share_of_memory_changes_nothing(void **state)
{
    (void)state;
    static const uint32_t sides[] = {100, 1000, 1400};
    static const size_t more[] = {0, 1, 5000, 3u << 20};
    for (size_t i = 0; i < 3 * 4 * 2; i++) {
        struct bytes file = running_on(sides[i % 3], (uint8_t)(i / 12), more[i / 3 % 4]);
        struct outcome most = decode(0, &file, STRIP, &usual);
        for (size_t share = 1; share <= 16u << 20; share <<= 4) {
            struct codec_limits limits = {.max_pixels = MAX_PIXELS, .at_once_bytes = share};
            struct outcome outcome = decode(0, &file, STRIP, &limits);
            assert_same(&outcome, &most);
            outcome_free(&outcome);
        }
        outcome_free(&most);
        bytes_free(&file);
    }
}

static void filters_that_are_none(void **state)
{
    (void)state;
    for (size_t row = 0; row < 8; row++) {
        struct bytes raw = filtered(0, 5);
        raw.data[7 * row] = 5;
        struct bytes stream = png_deflated(raw.data, raw.size);
        struct bytes file = around(&stream, 0, 0);
        struct outcome outcome = decode_both(&file, 8, &usual);
        assert_int_equal(outcome.status, STATUS_CORRUPT);
        assert_int_equal(outcome.why.kind, REASON_PNG);
        outcome_free(&outcome);
        bytes_free(&file);
        bytes_free(&stream);
        bytes_free(&raw);
    }
}

/* Cut interlaced pictures, accepted: what came is there, what did not is black. */
static void accepted_interlaced(void **state)
{
    (void)state;
    struct bytes file = small_file(5, 1, 60);
    struct reference reference;
    assert_true(reference_decode(&file, MAX_PIXELS, &reference));
    uint32_t last = 0;
    for (size_t size = 60; size < file.size - 12; size++) {
        struct bytes cut = {.data = file.data, .size = size};
        struct outcome outcome = decode_both(&cut, 3, &accepting);
        assert_int_equal(outcome.status, STATUS_TRUNCATED);
        if (outcome.got > 0) {
            assert_int_equal(outcome.got, reference.height);
            assert_true(outcome.why.arg[0] >= last);
            last = (uint32_t)outcome.why.arg[0];
            assert_rows(&outcome, &reference, last);
            for (size_t i = 0; i < 3u * 9 * 7; i++)
                assert_true(outcome.rows[i] == reference.rows[i] || outcome.rows[i] == 0);
        }
        outcome_free(&outcome);
    }
    assert_int_equal(last, reference.height);
    reference_free(&reference);
    bytes_free(&file);
}

/* A header of any size costs nothing before it is refused, and says why. */
static void too_large_from_the_header(void **state)
{
    (void)state;
    static const uint32_t sizes[][2] = {{8193, 8192}, {0x7fffffff, 0x7fffffff}, {1, 0x7fffffff}};
    for (int i = 0; i < 3; i++) {
        struct bytes file = png_start(sizes[i][0], sizes[i][1], 16, 6, i & 1);
        struct outcome outcome = decode_both(&file, 1, &usual);
        assert_int_equal(outcome.status, STATUS_TOO_LARGE);
        assert_int_equal(outcome.why.code, REASON_TOO_MANY_PIXELS);
        assert_int_equal(outcome.why.arg[0], sizes[i][0]);
        assert_int_equal(outcome.why.arg[1], sizes[i][1]);
        assert_int_equal(outcome.picture.container, PICTURE_PNG);
        assert_int_equal(outcome.picture.format, PIXEL_RGBA16);
        assert_int_equal(outcome.picture.width, sizes[i][0]);
        assert_int_equal(outcome.picture.height, sizes[i][1]);
        bytes_free(&file);
    }
    /* Without a limit it is memory, or the end of the data, but never a crash. */
    struct bytes file = png_start(0x7fffffff, 0x7fffffff, 16, 6, 1);
    png_chunk(&file, "IDAT", "x\x9c", 2);
    struct codec_limits none = {.max_pixels = UINT64_MAX};
    for (int w = 0; w < 2; w++) {
        struct picture picture;
        struct reason why;
        assert_int_equal(ways[w]->open(states[w], file.data, file.size, &none, &picture, &why),
                         STATUS_OK);
        assert_int_not_equal(ways[w]->start(states[w], &why), STATUS_OK);
        ways[w]->close(states[w]);
    }
    bytes_free(&file);
}

/* Damage behind the header: its size is known all the same. */
static void tells_the_size_of_a_refused_one(void **state)
{
    (void)state;
    struct bytes file = png_start(6, 8, 2, 3, 0);
    png_chunk(&file, "IDAT", "x", 1);
    png_end(&file);
    struct outcome outcome = decode_both(&file, 1, &usual);
    assert_int_equal(outcome.status, STATUS_CORRUPT);
    assert_int_equal(outcome.why.code, REASON_PNG_NO_PALETTE);
    assert_int_equal(outcome.picture.format, PIXEL_PALETTE2);
    assert_int_equal(outcome.picture.width, 6);
    assert_int_equal(outcome.picture.height, 8);
    bytes_free(&file);
}

static void says_what_the_header_says(void **state)
{
    (void)state;
    struct bytes file = png_start(6, 8, 2, 3, 1);
    png_chunk(&file, "PLTE", "abcdef", 6);
    png_chunk(&file, "tRNS", "\x07", 1);
    png_chunk(&file, "IDAT", "x", 1);
    struct picture picture;
    struct reason why;
    assert_int_equal(codec_png.open(states[0], file.data, file.size, &usual, &picture, &why),
                     STATUS_OK);
    assert_int_equal(picture.container, PICTURE_PNG);
    assert_int_equal(picture.format, PIXEL_PALETTE2);
    assert_true(picture.multi_scan && !picture.has_key);
    assert_int_equal(picture.memory, 2 * 8);
    assert_int_equal(picture.orientation, 1);
    static const uint8_t palette[3][4] = {{'a', 'b', 'c', 7}, {'d', 'e', 'f', 255}, {0, 0, 0, 255}};
    assert_memory_equal(picture.palette, palette, sizeof palette);
    assert_memory_equal(picture.palette[255], palette[2], 4);
    codec_png.close(states[0]);
    bytes_free(&file);
}

/* The next test counts these calls; the linker puts them before the program's and libraries' own
 * archives. libspng and zlib have nothing but what the decoder gives them. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
static unsigned allocations;

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    allocations++;
    return __real_aligned_alloc(align, size);
}

static void warm_state_allocates_nothing(void **state)
{
    (void)state;
    for (int w = 0; w < 2; w++)
        for (int interlace = 0; interlace < 2; interlace++) {
            struct bytes file = make_png(&(struct make){.width = 300,
                                                        .height = 200,
                                                        .depth = 8,
                                                        .color = 6,
                                                        .interlace = interlace,
                                                        .filters = PNG_ALL_FILTERS,
                                                        .idat = 8192});
            uint8_t *data = malloc(file.size), *row = malloc(300 * 4 + CODEC_ROW_SLACK);
            void *own = ways[w]->create();
            unsigned before = 0;
            for (int round = 0; round < 3; round++) {
                struct picture picture;
                struct reason why;
                memcpy(data, file.data, file.size);
                before = allocations;
                assert_int_equal(ways[w]->open(own, data, file.size, &usual, &picture, &why), 0);
                assert_int_equal(ways[w]->start(own, &why), STATUS_OK);
                for (int y = 0; y < 200; y++)
                    assert_int_equal(ways[w]->rows(own, &row, 1, &(unsigned){0}, &why), STATUS_OK);
                assert_int_equal(ways[w]->finish(own, &why), STATUS_OK);
                ways[w]->close(own);
                if (round == 0)
                    assert_true(allocations > before); /* the counter is alive */
                else
                    assert_int_equal(allocations, before);
            }
            ways[w]->destroy(own);
            free(data);
            free(row);
            bytes_free(&file);
        }
}

/* One picture above what is inflated at once, with rows that differ. */
static void large_ones_are_streamed(void **state)
{
    (void)state;
    expect_good(&(struct make){.width = 4000,
                               .height = 3000,
                               .depth = 8,
                               .color = 2,
                               .filters = PNG_FILTER_PAETH,
                               .idat = 65536},
                8);
}

static bool read_file(const char *path, struct bytes *bytes)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return false;
    uint8_t block[65536];
    for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
        bytes_add(bytes, block, got);
    fclose(file);
    return true;
}

static struct {
    unsigned files, ok, refused_by_us, refused_by_both, refused_by_libpng;
} tally;

/* A real file: both ways agree, and rows that are ok are libpng's. */
static void check_file(const char *path, unsigned strip)
{
    struct bytes file = {0};
    if (!read_file(path, &file) || !codec_png.sniff(file.data, file.size)) {
        bytes_free(&file);
        return;
    }
    struct reference reference;
    bool good = reference_decode(&file, MAX_PIXELS, &reference);
    struct outcome outcome = decode_both(&file, strip, &usual);
    tally.files++;
    tally.ok += outcome.status == STATUS_OK && good;
    tally.refused_by_us += outcome.status != STATUS_OK && good;
    tally.refused_by_libpng += outcome.status == STATUS_OK && !good;
    tally.refused_by_both += outcome.status != STATUS_OK && !good;
    if ((outcome.status == STATUS_OK) != good)
        print_message("%s: %s kind %u code %u (%lld, %lld), libpng %s\n", path,
                      status_name(outcome.status), outcome.why.kind, outcome.why.code,
                      (long long)outcome.why.arg[0], (long long)outcome.why.arg[1],
                      good ? "ok" : "refuses");
    if (outcome.status == STATUS_OK && good)
        assert_rows(&outcome, &reference, outcome.got);
    outcome_free(&outcome);
    outcome = decode_both(&file, strip, &accepting);
    outcome_free(&outcome);
    reference_free(&reference);
    bytes_free(&file);
}

static void real_files(void **state)
{
    (void)state;
    static const char *const folders[] = {"pngsuite",  "png-assorted", "png-photos",
                                          "png-emoji", "odd-png",      "fuzz-png"};
    static const unsigned strips[] = {8, 3, 1};
    const char *data = getenv("PIXSCALE_DATA");
    if (!data)
        skip();
    for (size_t f = 0; f < sizeof folders / sizeof *folders; f++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s", data, folders[f]);
        DIR *dir = opendir(path);
        assert_non_null(dir);
        unsigned n = 0;
        for (struct dirent *entry; (entry = readdir(dir));) {
            snprintf(path, sizeof path, "%s/%s/%s", data, folders[f], entry->d_name);
            check_file(path, strips[n++ % 3]);
        }
        closedir(dir);
    }
    print_message("%u files: %u equal to libpng, %u refused by both, %u by us alone, %u by libpng "
                  "alone\n",
                  tally.files, tally.ok, tally.refused_by_both, tally.refused_by_us,
                  tally.refused_by_libpng);
    assert_true(tally.ok > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_as_libpng),
        cmocka_unit_test(cut_at_every_length),
        cmocka_unit_test(flip_every_bit),
        cmocka_unit_test(changed_streams_are_found),
        cmocka_unit_test(streams_of_another_length),
        cmocka_unit_test(share_of_memory_changes_nothing),
        cmocka_unit_test(filters_that_are_none),
        cmocka_unit_test(accepted_interlaced),
        cmocka_unit_test(too_large_from_the_header),
        cmocka_unit_test(tells_the_size_of_a_refused_one),
        cmocka_unit_test(says_what_the_header_says),
        cmocka_unit_test(warm_state_allocates_nothing),
        cmocka_unit_test(large_ones_are_streamed),
        cmocka_unit_test(real_files),
    };
    return cmocka_run_group_tests(tests, make_states, free_states);
}
