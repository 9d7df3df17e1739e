/*
 * kernels: each inner loop by itself, first compared with a plain reference on random data, then
 * timed. Variants of one loop take turns within each round, so that a disturbed moment of the
 * machine falls on all of them; median and range over the rounds say how much it was disturbed.
 *
 * Usage: bench_kernels [--rounds N] [--microseconds N] [--only TEXT] [--instructions] [--json FILE]
 *
 * Prints a Markdown table. With --instructions those of one call are counted, too, which takes some
 * 20 microseconds each: of calls that are short enough for that. Exits with 1 when any loop differs
 * from its reference. The working set is a few rows, as in a run: it fits the second-level cache.
 * Timed are calls as the program makes them, with all rows that a call takes; the clock is the
 * thread's CPU time.
 */
#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "image/convert.h"
#include "image/png_unfilter.h"
#include "image/resize_kernels.h"
#include "instructions.h"

#define ROWS       RESIZE_KERNELS_ROWS
#define MOST_BYTES (8192 * 8 + 64) /* a row and its slack */
#define MOST_CASES 160
#define MOST_ROUND 1000
#define COUNTED    50e-6 /* seconds of a call whose instructions are counted */

/* One loop on one shape: `call` works on a bench of buffers; `same` compares two benches. */
struct bench_case {
    char name[48];       /* what is done, and on which shape */
    const char *variant; /* by what */
    double pixels;       /* that one call handles */
    void (*call)(const struct bench_case *which);
    bool (*right)(const struct bench_case *which); /* one call equals the reference */
    const struct resize_kernels *kernels;
    struct taps *taps;
    unsigned channels, filter, pixel; /* pixel: bytes */
    enum pixel_format format;
    struct convert *convert;
    long calls; /* a round */
    double seconds[MOST_ROUND];
    double instructions; /* a pixel; 0 when they were not counted */
};

static struct bench_case cases[MOST_CASES];
static int case_count;

static uint8_t source_bytes[ROWS][MOST_BYTES], target_bytes[ROWS][MOST_BYTES];
static uint8_t expected_bytes[ROWS][MOST_BYTES];
static int32_t sums[MOST_BYTES], expected_sums[MOST_BYTES];
static const uint8_t *source[ROWS];
static uint8_t *target[ROWS], *expected[ROWS];
static uint8_t palette[256][4];

/* xorshift64 (Marsaglia 2003). */
static uint32_t random_bits(void)
{
    static uint64_t state = 88172645463325252u;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)(state >> 24);
}

/* Random bytes, of which in every other row most are extremes: what clamps and ties must be met. */
static void fill_buffers(void)
{
    for (unsigned r = 0; r < ROWS; r++) {
        for (size_t i = 0; i < MOST_BYTES; i++) {
            uint32_t bits = random_bits();
            bool extreme = r & 1 && bits & 0x300;
            source_bytes[r][i] = (uint8_t)(extreme ? (bits >> 10 & 1) * 255 : bits);
        }
        source[r] = source_bytes[r];
        target[r] = target_bytes[r];
        expected[r] = expected_bytes[r];
    }
    for (size_t i = 0; i < sizeof palette; i++)
        palette[i / 4][i % 4] = (uint8_t)random_bits();
}

static struct bench_case *add_case(const char *variant, double pixels)
{
    if (case_count == MOST_CASES)
        abort();
    struct bench_case *fresh = &cases[case_count++];
    fresh->variant = variant;
    fresh->pixels = pixels;
    return fresh;
}

/* Horizontal passes */

static void horizontal_by(const struct bench_case *which, const struct resize_kernels *kernels,
                          uint8_t *const out[])
{
    if (which->channels == 3)
        kernels->horizontal3(which->taps, source, out, ROWS);
    else
        kernels->horizontal1(which->taps, source, out, ROWS);
}

static void horizontal_call(const struct bench_case *which)
{
    horizontal_by(which, which->kernels, target);
}

static bool horizontal_right(const struct bench_case *which)
{
    horizontal_by(which, resize_kernels_table[0], expected);
    horizontal_by(which, which->kernels, target);
    bool right = true;
    for (unsigned r = 0; r < ROWS; r++)
        right &= !memcmp(expected[r], target[r], (size_t)which->taps->key.out * which->channels);
    return right;
}

static void add_horizontal(unsigned channels, uint32_t in, uint32_t out)
{
    for (int v = 0; v < RESIZE_KERNELS_COUNT; v++) {
        const struct resize_kernels *kernels = resize_kernels_table[v];
        if (!kernels->usable())
            continue;
        struct bench_case *fresh = add_case(kernels->name, (double)in * ROWS);
        struct taps_key key = {.in = in, .out = out, .to = (float)in, .filter = TAPS_BICUBIC};
        snprintf(fresh->name, sizeof fresh->name, "horizontal, %s, %u to %u",
                 channels == 3 ? "RGB" : "gray", in, out);
        fresh->kernels = kernels;
        fresh->channels = channels;
        fresh->taps = taps_make(&key);
        if (!fresh->taps)
            abort();
        fresh->call = horizontal_call;
        fresh->right = horizontal_right;
    }
}

/* The vertical pass; a pixel is a sample here. */

static const int32_t weights[] = {-98765, 700001, 4194304, -3, 1 << 20, 12345, 99, -250000};
_Static_assert(sizeof weights / sizeof *weights >= ROWS, "a weight for each row");

static void add_call(const struct bench_case *which)
{
    which->kernels->add(sums, source, weights, ROWS, (size_t)which->pixels / ROWS);
}

static bool add_right(const struct bench_case *which)
{
    size_t count = (size_t)which->pixels / ROWS;
    memset(sums, 0, sizeof sums);
    memset(expected_sums, 0, sizeof expected_sums);
    add_call(which);
    resize_kernels_table[0]->add(expected_sums, source, weights, ROWS, count);
    return !memcmp(sums, expected_sums, count * sizeof *sums);
}

static void finish_call(const struct bench_case *which)
{
    which->kernels->finish(sums, target[0], (size_t)which->pixels);
}

static bool finish_right(const struct bench_case *which)
{
    size_t count = (size_t)which->pixels;
    for (size_t i = 0; i < count; i++)
        sums[i] = expected_sums[i] = (int32_t)(random_bits() << 8) / 2;
    finish_call(which);
    resize_kernels_table[0]->finish(expected_sums, expected[0], count);
    return !memcmp(target[0], expected[0], count) && !memcmp(sums, expected_sums, count * 4);
}

static void add_vertical(bool finish, unsigned count)
{
    for (int v = 0; v < RESIZE_KERNELS_COUNT; v++) {
        const struct resize_kernels *kernels = resize_kernels_table[v];
        if (!kernels->usable())
            continue;
        struct bench_case *fresh = add_case(kernels->name, finish ? count : (double)count * ROWS);
        snprintf(fresh->name, sizeof fresh->name, "vertical, %s, %u samples",
                 finish ? "finish" : "add", count);
        fresh->kernels = kernels;
        fresh->call = finish ? finish_call : add_call;
        fresh->right = finish ? finish_right : add_right;
    }
}

/* PNG's filters */

static void unfilter_call(const struct bench_case *which)
{
    png_unfilter_for(8 * which->pixel)[which->filter](target[0], source[0], source[1],
                                                      (size_t)which->pixels * which->pixel);
}

static void unfilter_reference_call(const struct bench_case *which)
{
    png_unfilter_reference(which->filter, which->pixel, target[0], source[0], source[1],
                           (size_t)which->pixels * which->pixel);
}

static bool unfilter_right(const struct bench_case *which)
{
    size_t bytes = (size_t)which->pixels * which->pixel;
    unfilter_reference_call(which);
    memcpy(expected[0], target[0], bytes);
    unfilter_call(which);
    return !memcmp(expected[0], target[0], bytes);
}

static void add_unfilter(unsigned filter, unsigned pixel)
{
    static const char *const names[PNG_UNFILTER_COUNT] = {"none", "sub", "up", "average", "paeth"};
    for (int fast = 0; fast < 2; fast++) {
        struct bench_case *fresh = add_case(fast ? "used" : "reference", 512);
        snprintf(fresh->name, sizeof fresh->name, "unfilter, %s, %u %s", names[filter], pixel,
                 pixel == 1 ? "byte" : "bytes");
        fresh->filter = filter;
        fresh->pixel = pixel;
        fresh->call = fast ? unfilter_call : unfilter_reference_call;
        fresh->right = unfilter_right;
    }
}

/* Conversions: the reference is the rule, written down pixel by pixel. */

static void convert_call(const struct bench_case *which)
{
    which->convert->row(which->convert, source[0], target[0], (uint32_t)which->pixels);
}

/* One pixel as RGB and alpha. */
static void color_of(enum pixel_format format, const uint8_t *at, uint8_t rgba[4])
{
    const uint8_t *entry = palette[*at];
    unsigned step = format == PIXEL_RGB16 ? 2 : 1;
    for (int c = 0; c < 3; c++)
        rgba[c] = format == PIXEL_PALETTE8 ? entry[c] : at[c * step];
    rgba[3] = format == PIXEL_RGBA8 ? at[3] : 255;
}

static bool convert_right(const struct bench_case *which)
{
    const struct convert *convert = which->convert;
    unsigned bytes = (unsigned)pixel_row_bytes(which->format, 1), channels = which->channels;
    convert_call(which);
    for (size_t x = 0; x < (size_t)which->pixels; x++) {
        uint8_t rgba[4];
        color_of(which->format, source[0] + x * bytes, rgba);
        if (which->filter) /* laid over the background: the mean, rounded */
            for (int c = 0; c < 3; c++)
                rgba[c] = (uint8_t)floor(
                    (convert->background[c] * (255.0 - rgba[3]) + rgba[c] * rgba[3]) / 255 + 0.5);
        uint8_t luma = (uint8_t)floor(
            (rgba[0] * 19595.0 + rgba[1] * 38470.0 + rgba[2] * 7471.0) / 65536 + 0.5);
        if (memcmp(target[0] + x * channels, channels == 1 ? &luma : rgba, channels))
            return false;
    }
    return true;
}

static void add_convert(const char *name, enum pixel_format format, bool luma, bool blend)
{
    struct picture picture = {.format = format, .palette = (const uint8_t(*)[4])palette};
    struct convert_options options = {.luma = luma, .blend = blend, .background = {255, 128, 3}};
    struct bench_case *fresh = add_case("used", 512);
    snprintf(fresh->name, sizeof fresh->name, "convert, %s", name);
    fresh->convert = malloc(sizeof *fresh->convert);
    if (!fresh->convert)
        abort();
    convert_prepare(fresh->convert, &picture, &options);
    fresh->format = format;
    fresh->channels = luma ? 1 : 3;
    fresh->filter = blend;
    fresh->call = convert_call;
    fresh->right = convert_right;
}

static void add_all(void)
{
    static const uint32_t widths[] = {40, 72, 128, 500, 1920, 4000, 6000};
    for (unsigned channels = 1; channels <= 3; channels += 2)
        for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
            add_horizontal(channels, widths[i], 64);
    add_vertical(false, 192);
    add_vertical(true, 192);
    static const unsigned pixels[] = {1, 3, 4};
    for (unsigned p = 0; p < 3; p++)
        for (unsigned filter = 1; filter < PNG_UNFILTER_COUNT; filter++)
            add_unfilter(filter, pixels[p]);
    add_convert("RGB to luma", PIXEL_RGB8, true, false);
    add_convert("RGBA to RGB", PIXEL_RGBA8, false, false);
    add_convert("RGBA over a colour", PIXEL_RGBA8, false, true);
    add_convert("palette to RGB", PIXEL_PALETTE8, false, false);
    add_convert("RGB of 16 bits", PIXEL_RGB16, false, false);
}

static double seconds_of(const struct bench_case *which, long calls)
{
    int64_t begin = clock_thread_cpu_ns(); /* other processes take none of it */
    for (long i = 0; i < calls; i++)
        which->call(which);
    return (double)(clock_thread_cpu_ns() - begin) * 1e-9;
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Times every case once a round; a first round finds how many calls fill the time, and warms. */
static void time_all(const char *only, int rounds, double least)
{
    for (int round = -1; round < rounds; round++)
        for (int i = 0; i < case_count; i++) {
            struct bench_case *which = &cases[i];
            if (!strstr(which->name, only))
                continue;
            if (round < 0) {
                which->calls = 1;
                while (seconds_of(which, which->calls) < least && which->calls < 1L << 40)
                    which->calls *= 2;
            } else {
                which->seconds[round] = seconds_of(which, which->calls);
            }
        }
    for (int i = 0; i < case_count; i++)
        qsort(cases[i].seconds, (size_t)rounds, sizeof *cases[i].seconds, by_size);
}

/* Nanoseconds a pixel of the round with this rank. */
static double cost(const struct bench_case *which, int rank)
{
    return which->seconds[rank] * 1e9 / ((double)which->calls * which->pixels);
}

static void call_once(const void *which)
{
    const struct bench_case *this = which;
    this->call(this);
}

static void count_all(const char *only, int rounds)
{
    for (int i = 0; i < case_count; i++) {
        struct bench_case *which = &cases[i];
        if (strstr(which->name, only) && cost(which, rounds / 2) * which->pixels < COUNTED * 1e9)
            which->instructions = (double)instructions_of(call_once, which) / which->pixels;
    }
}

static void print_markdown(const char *only, int rounds)
{
    printf(
        "| loop | by | ns a pixel, median (range) | million pixels a second | instructions a pixel "
        "|\n|---|---|---|---|---|\n");
    for (int i = 0; i < case_count; i++) {
        const struct bench_case *which = &cases[i];
        if (!strstr(which->name, only))
            continue;
        double median = cost(which, rounds / 2);
        char instructions[32] = "";
        if (which->instructions > 0)
            snprintf(instructions, sizeof instructions, "%.3f", which->instructions);
        printf("| %s | %s | %.3f (%.3f to %.3f) | %.0f | %s |\n", which->name, which->variant,
               median, cost(which, 0), cost(which, rounds - 1), 1e3 / median, instructions);
    }
}

static int print_json(const char *path, const char *only, int rounds)
{
    FILE *out = fopen(path, "w");
    if (!out) {
        perror(path);
        return 1;
    }
    const char *comma = "";
    fprintf(out, "{\"schema\": \"pixscale.bench.kernels/1\", \"rounds\": %d, \"cases\": [", rounds);
    for (int i = 0; i < case_count; i++) {
        const struct bench_case *which = &cases[i];
        if (!strstr(which->name, only))
            continue;
        fprintf(out,
                "%s\n{\"name\": \"%s\", \"variant\": \"%s\", \"ns_per_pixel\": %.5f, "
                "\"ns_least\": %.5f, \"ns_most\": %.5f, \"instructions_per_pixel\": ",
                comma, which->name, which->variant, cost(which, rounds / 2), cost(which, 0),
                cost(which, rounds - 1));
        fprintf(out, which->instructions > 0 ? "%.5f}" : "null}", which->instructions);
        comma = ",";
    }
    fprintf(out, "\n]}\n");
    if (fclose(out)) {
        perror(path);
        return 1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"rounds", required_argument, NULL, 'r'}, {"microseconds", required_argument, NULL, 'm'},
        {"only", required_argument, NULL, 'o'},   {"instructions", no_argument, NULL, 'i'},
        {"json", required_argument, NULL, 'j'},   {0}};
    const char *only = "", *json = NULL;
    int rounds = 15, letter, status = 0;
    bool counts = false;
    double least = 1e-3;
    while ((letter = getopt_long(argc, argv, "", known, NULL)) != -1) {
        if (letter == 'r')
            rounds = atoi(optarg);
        else if (letter == 'm')
            least = atof(optarg) * 1e-6;
        else if (letter == 'o')
            only = optarg;
        else if (letter == 'i')
            counts = true;
        else if (letter == 'j')
            json = optarg;
        else
            return 2;
    }
    if (optind < argc || rounds < 1 || rounds > MOST_ROUND) {
        fprintf(stderr,
                "usage: bench_kernels [--rounds 1...%d] [--microseconds N] [--only TEXT] "
                "[--instructions] [--json FILE]\n",
                MOST_ROUND);
        return 2;
    }
    fill_buffers();
    add_all();
    for (int i = 0; i < case_count; i++)
        if (!cases[i].right(&cases[i])) {
            fprintf(stderr, "bench_kernels: %s by %s differs from its reference\n", cases[i].name,
                    cases[i].variant);
            status = 1;
        }
    if (status)
        return status;
    time_all(only, rounds, least);
    if (counts)
        count_all(only, rounds);
    print_markdown(only, rounds);
    if (json)
        status = print_json(json, only, rounds);
    for (int i = 0; i < case_count; i++) {
        taps_free(cases[i].taps);
        free(cases[i].convert);
    }
    return status;
}
