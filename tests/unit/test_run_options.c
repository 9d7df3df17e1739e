/*
 * The options of `run`: what their own parsers take, what they refuse together, and what the
 * pipeline is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "capture.h"
#include "cli/run_facts.h"
#include "cli/run_options.h"

static const char *const nothing[] = {NULL};

static const struct command command = {
    .name = "run",
    .summary = "",
    .usage = nothing,
    .options = run_options_table,
    .examples = nothing,
};

static const char *message; /* of the last parse or check */

/* Parses the words up to a NULL onto the defaults. */
static bool parse(struct run_options *options, int *operands, const char *const words[])
{
    static struct capture capture;
    static char copies[64][64];
    char *argv[65] = {"run"};
    int argc = 1, first = 0;
    for (; words[argc - 1]; argc++) {
        snprintf(copies[argc], sizeof copies[argc], "%s", words[argc - 1]);
        argv[argc] = copies[argc];
    }
    *options = run_options_default();
    capture_begin(&capture, stderr);
    enum options_outcome outcome = options_parse(&command, argc, argv, options, &first);
    message = capture_end(&capture);
    *operands = argc - first;
    assert_int_equal(outcome == OPTIONS_OK, *message == '\0');
    return outcome == OPTIONS_OK;
}

static struct run_options good(const char *option, const char *value)
{
    struct run_options options;
    int operands;
    if (!parse(&options, &operands, (const char *const[]){option, value, NULL}))
        fail_msg("refused: %s", message);
    return options;
}

static void wrong(const char *option, const char *value)
{
    struct run_options options;
    int operands;
    if (parse(&options, &operands, (const char *const[]){option, value, NULL}))
        fail_msg("taken: %s '%s'", option, value);
    assert_non_null(strstr(message, option));
}

static void all_wrong(const char *option, const char *const values[])
{
    for (; *values; values++)
        wrong(option, *values);
}
#define ALL_WRONG(option, ...) all_wrong(option, (const char *const[]){__VA_ARGS__, NULL})

static void sizes(void **state)
{
    (void)state;
    struct run_options options = good("--size", "224x96");
    assert_true(options.size.width == 224 && options.size.height == 96);
    options = good("--size", "1x1");
    assert_true(options.size.width == 1 && options.size.height == 1);
    options = good("--size", "16384x16384");
    assert_true(options.size.width == 16384 && options.size.height == 16384);
    ALL_WRONG("--size", "", "64", "x64", "64x", "64x64x", "0x64", "64x0", "-1x5", "5x-1", "64X64",
              "64 x64", "16385x1", "1x16385", "100000x1", "1x100000", "4294967297x1", "64x64 ",
              " 64x64", "6.4x64", "axb");
}

static void assert_color(const char *text, unsigned rgb)
{
    struct run_options options = good("--pad-color", text);
    const uint8_t expected[3] = {(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb};
    assert_true(options.pad_color.given);
    assert_memory_equal(options.pad_color.rgb, expected, 3);
}

static void colors(void **state)
{
    (void)state;
    assert_color("0,0,0", 0);
    assert_color("255,0,7", 0xff0007);
    assert_color("#0aFf10", 0x0aff10);
    assert_color("white", 0xffffff);
    assert_color("BLACK", 0);
    assert_color("gray", 0x808080); /* as CSS and Pillow have them */
    assert_color("red", 0xff0000);
    assert_color("lime", 0x00ff00);
    assert_color("blue", 0x0000ff);
    ALL_WRONG("--pad-color", "", "whit", "256,0,0", "0,256,0", "0,0,256", "1,2", "1,2,3,",
              "1,2,3,4", "-1,2,3", "1,-2,3", "#fff", "#0011223", "#00112g", "#", "0x11,2,3",
              "1.5,2,3", "drop");
    assert_true(good("--alpha", "1,2,3").alpha.given);
    assert_false(good("--alpha", "drop").alpha.given);
    ALL_WRONG("--alpha", "keep", "");
    struct run_options options;
    int operands;
    assert_true(parse(&options, &operands,
                      (const char *const[]){"--alpha", "red", "--alpha", "drop", NULL}));
    assert_false(options.alpha.given); /* the last one counts */
}

static void scales(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        float value[3];
    } cases[] = {{"0.5", {0.5f, 0.5f, 0.5f}},
                 {"0.485,0.456,0.406", {0.485f, 0.456f, 0.406f}},
                 {"-1,0,2e-1", {-1, 0, 0.2f}}};
    for (int i = 0; i < 3; i++) {
        struct run_options mean = good("--mean", cases[i].text), std = good("--std", cases[i].text);
        assert_true(mean.mean.given && std.std.given);
        for (int c = 0; c < 3; c++) {
            assert_true(mean.mean.value[c] == cases[i].value[c]);
            assert_true(std.std.value[c] == cases[i].value[c]);
        }
    }
    ALL_WRONG("--mean", "", ",", "x", "1,", "1,2", "1,2,", "1,2,3,", "1,2,3,4", ",1,2", "1,,2",
              "1;2;3", "nan", "inf", "1,2,nan", "1e99", "1,2,3x");
}

static void schedules(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int kind, chunk;
    } cases[] = {{"static", omp_sched_static, 0},
                 {"dynamic", omp_sched_dynamic, 0},
                 {"guided", omp_sched_guided, 0},
                 {"auto", omp_sched_auto, 0},
                 {"dynamic,1", omp_sched_dynamic, 1},
                 {"static,64", omp_sched_static, 64},
                 {"guided,1000000", omp_sched_guided, 1000000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct schedule schedule = good("--schedule", cases[i].text).schedule;
        assert_int_equal(schedule.kind, cases[i].kind);
        assert_int_equal(schedule.chunk, cases[i].chunk);
    }
    ALL_WRONG("--schedule", "", "dyn", "Dynamic", "dynamic,", "dynamic,0", "dynamic,-1",
              "dynamic,x", "dynamic,1,2", "dynamic,1x", "dynamic 1", "dynamic,1000001", ",1",
              "runtime", "dynamic,99999999999999999999");
}

static void rates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"0", 0}, {"1", 1}, {"0.01", 0.01}, {"1%", 0.01}, {"100%", 1}, {"0.5%", 0.005}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_true(good("--max-failures", cases[i].text).max_failures == cases[i].value);
    assert_true(run_options_default().max_failures < 0);
    ALL_WRONG("--max-failures", "", "-0.1", "1.1", "101%", "nan", "inf", "x", "%", "1%%", "0.1x");
}

static void includes(void **state)
{
    (void)state;
    struct run_options options;
    int operands;
    const char *words[2 * RUN_OPTIONS_INCLUDES + 3];
    size_t count = 0;
    for (int i = 0; i < RUN_OPTIONS_INCLUDES; i++) {
        words[count++] = "--include=*.png";
        words[count] = NULL;
        if (count > 60) /* as many as the test's own arrays hold */
            break;
        assert_true(parse(&options, &operands, words));
        assert_int_equal(options.include.count, count);
        assert_string_equal(options.include.pattern[i], "*.png");
    }
    assert_int_equal(count, RUN_OPTIONS_INCLUDES);
    words[count++] = "--include=*.jpg";
    words[count] = NULL;
    assert_false(parse(&options, &operands, words));
    assert_non_null(strstr(message, "more than 32"));
}

static void bounds(void **state)
{
    (void)state;
    assert_int_equal(good("--threads", "1").threads, 1);
    assert_int_equal(good("-t", "1024").threads, 1024);
    ALL_WRONG("--threads", "0", "-1", "1025", "all");
    ALL_WRONG("--max-pixels", "0", "1000000000001");
    assert_int_equal(good("--max-bytes", "1K").max_bytes, 1024);
    assert_int_equal(good("--label-from", "folder").label_from, 0);
    assert_int_equal(run_options_default().label_from, -1);
}

/* Names of choices stand for the enums that the rooms have. */
static void choices_are_in_order(void **state)
{
    (void)state;
    for (int filter = 0; filter < TAPS_FILTER_COUNT; filter++)
        assert_int_equal(good("--filter", taps_filter_names[filter]).filter, filter);
    const char *const fits[] = {"stretch", "cover", "pad"};
    const enum geometry_fit fit[] = {GEOMETRY_STRETCH, GEOMETRY_COVER, GEOMETRY_PAD};
    for (int i = 0; i < 3; i++)
        assert_int_equal(good("--fit", fits[i]).fit, fit[i]);
    assert_int_equal(good("--on-error", "zero").on_error, RUN_OPTIONS_ZERO);
    assert_int_equal(good("--on-error", "drop").on_error, RUN_OPTIONS_DROP);
    assert_int_equal(good("--on-error", "fail").on_error, RUN_OPTIONS_FAIL);
}

/* Checks a whole command line. True when it is fine; else `message` says why not. */
static bool check(const char *const words[])
{
    static struct error error;
    struct run_options options;
    int operands;
    assert_true(parse(&options, &operands, words));
    if (run_options_check(&options, operands, &error))
        return true;
    assert_int_equal(error.kind, ERROR_USAGE);
    message = error.text;
    return false;
}
#define CHECK(...) check((const char *const[]){__VA_ARGS__, NULL})

static void combinations(void **state)
{
    (void)state;
    assert_true(CHECK("in", "-o", "x.npy"));
    assert_true(CHECK("a", "b", "-o", "x.npy"));
    assert_true(CHECK("--files-from", "list", "-0", "-o", "x.npy"));
    assert_true(CHECK("in", "-o", "x.npy", "--dtype", "f32", "--mean", "1", "--std", "2"));
    assert_true(CHECK("in", "-o", "x.npy", "--serial"));
    assert_true(CHECK("in", "-o", "x.npy", "--serial", "--threads", "1"));
    static const struct {
        const char *words[9], *named;
    } refused[] = {
        {{"-o", "x.npy"}, "no input"},
        {{"in"}, "-o OUT.npy"},
        {{"in", "--files-from", "list", "-o", "x.npy"}, "not both"},
        {{"in", "-0", "-o", "x.npy"}, "--files-from"},
        {{"in", "-o", "x.npy", "--mean", "1"}, "--dtype f32"},
        {{"in", "-o", "x.npy", "--std", "1"}, "--dtype f32"},
        {{"in", "-o", "x.npy", "--dtype", "f32", "--std", "0"}, "--std"},
        {{"in", "-o", "x.npy", "--dtype", "f32", "--std", "1,2,0"}, "--std"},
        {{"in", "-o", "x.npy", "--dtype", "f32", "--std", "1,1e-60,1"}, "--std"},
        {{"in", "-o", "x.npy", "--serial", "--threads", "2"}, "--serial"},
        {{"in", "-o", "x.npy", "--fast-margin", "2"}, "--decode fast"},
        {{"in", "-o", "x.npy", "--serial", "--schedule", "static"}, "--serial"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        if (check(refused[i].words))
            fail_msg("case %zu was taken", i);
        assert_non_null(strstr(message, refused[i].named));
    }
}

static void the_pipeline_is_told(void **state)
{
    (void)state;
    struct run_options options = run_options_default();
    struct worker_options worker;
    run_options_worker(&options, &worker);
    assert_true(worker.transform.width == 64 && worker.transform.height == 64);
    assert_int_equal(worker.transform.filter, TAPS_BICUBIC);
    assert_int_equal(worker.transform.fit, GEOMETRY_STRETCH);
    assert_false(worker.transform.exif || worker.transform.convert.blend ||
                 worker.transform.convert.luma || worker.transform.convert.gray16_high ||
                 worker.transform.limits.accept_truncated);
    assert_int_equal(worker.transform.limits.max_pixels, 178956970);
    assert_int_equal(worker.transform.fast_margin, 0);
    assert_int_equal(worker.max_bytes, 256 << 20);
    assert_true(row_format_is_identity(&worker.row));
    assert_int_equal(row_format_bytes(&worker.row), 64 * 64 * 3);

    int operands;
    assert_true(parse(
        &options, &operands,
        (const char *const[]){"--size",      "20x10",   "--mode",       "l",        "--exif",
                              "apply",       "--alpha", "1,2,3",        "--gray16", "high-byte",
                              "--truncated", "accept",  "--layout",     "chw",      "--dtype",
                              "f32",         "--mean",  "0.5",          "--std",    "0.25",
                              "--pad-color", "4,5,6",   "--max-pixels", "99",       "--max-bytes",
                              "7",           NULL}));
    run_options_worker(&options, &worker);
    const struct transform_options *transform = &worker.transform;
    assert_true(transform->width == 20 && transform->height == 10 && worker.row.width == 20 &&
                worker.row.height == 10 && worker.row.channels == 1);
    assert_true(transform->exif && transform->convert.blend && transform->convert.luma &&
                transform->convert.gray16_high && transform->limits.accept_truncated);
    assert_memory_equal(transform->convert.background, ((uint8_t[]){1, 2, 3}), 3);
    assert_memory_equal(transform->pad_color, ((uint8_t[]){4, 5, 6}), 3);
    assert_int_equal(transform->limits.max_pixels, 99);
    assert_int_equal(worker.max_bytes, 7);
    assert_true(worker.row.chw && worker.row.f32);
    assert_true(worker.row.table[0][0] == -2.0f && worker.row.table[0][255] == 2.0f);
}

static void the_margin_is_two_or_as_given(void **state)
{
    (void)state;
    struct run_options options = run_options_default();
    struct worker_options worker;
    int operands;
    assert_true(parse(&options, &operands, (const char *const[]){"--decode", "fast", NULL}));
    run_options_worker(&options, &worker);
    assert_int_equal(worker.transform.fast_margin, 2);
    assert_true(parse(&options, &operands,
                      (const char *const[]){"--decode", "fast", "--fast-margin", "8", NULL}));
    run_options_worker(&options, &worker);
    assert_int_equal(worker.transform.fast_margin, 8);
    assert_true(parse(&options, &operands, (const char *const[]){"--decode", "exact", NULL}));
    run_options_worker(&options, &worker);
    assert_int_equal(worker.transform.fast_margin, 0);
}

/* Whoever adds an option says here when a stopped run may go on with another value of it. */
static void every_option_is_a_fact_or_known_not_to_be(void **state)
{
    (void)state;
    static const char free_to_change[] =
        " output files-from null manifest include shard separate index threads schedule order "
        "readahead serial max-failures"
        " max-memory force resume progress profile items oversubscribe json quiet verbose ";
    struct run_options options = run_options_default();
    char *facts = run_facts_text(&options), name[64];
    assert_non_null(facts);
    for (const struct option_spec *o = run_options_table; o->name; o++) {
        snprintf(name, sizeof name, "\n--%s=", o->name);
        bool fact = strstr(facts, name) != NULL;
        snprintf(name, sizeof name, " %s ", o->name);
        if (fact == (strstr(free_to_change, name) != NULL))
            fail_msg("--%s", o->name);
    }
    free(facts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sizes),
        cmocka_unit_test(colors),
        cmocka_unit_test(scales),
        cmocka_unit_test(schedules),
        cmocka_unit_test(rates),
        cmocka_unit_test(includes),
        cmocka_unit_test(bounds),
        cmocka_unit_test(choices_are_in_order),
        cmocka_unit_test(combinations),
        cmocka_unit_test(the_pipeline_is_told),
        cmocka_unit_test(the_margin_is_two_or_as_given),
        cmocka_unit_test(every_option_is_a_fact_or_known_not_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
