/*
 * What a terminal gets, read from the other end of one (posix_openpt), and what a pipe gets. The
 * clock is the test's own, so that no test waits and none depends on the machine's speed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/progress.h"

#define SECOND INT64_C(1000000000)

static int64_t now;

int64_t __wrap_clock_now_ns(void);

int64_t __wrap_clock_now_ns(void)
{
    return now;
}

struct terminal {
    int master;
    FILE *stream;
};

static void open_terminal(struct terminal *terminal, unsigned columns)
{
    terminal->master = posix_openpt(O_RDWR | O_NOCTTY);
    assert_true(terminal->master >= 0);
    assert_int_equal(grantpt(terminal->master), 0);
    assert_int_equal(unlockpt(terminal->master), 0);
    int slave = open(ptsname(terminal->master), O_RDWR | O_NOCTTY);
    assert_true(slave >= 0);
    struct winsize size = {.ws_col = (unsigned short)columns, .ws_row = 24};
    assert_int_equal(ioctl(slave, TIOCSWINSZ, &size), 0);
    terminal->stream = fdopen(slave, "r+");
    assert_non_null(terminal->stream);
    fcntl(terminal->master, F_SETFL, O_NONBLOCK);
}

static void close_terminal(struct terminal *terminal)
{
    fclose(terminal->stream);
    close(terminal->master);
}

/* What arrived since the last call. */
static const char *drain(int fd)
{
    static char text[65536];
    size_t used = 0;
    ssize_t n;
    while (used < sizeof text - 1 && (n = read(fd, text + used, sizeof text - 1 - used)) > 0)
        used += (size_t)n;
    text[used] = '\0';
    return text;
}

static unsigned count_of(const char *text, const char *part)
{
    unsigned count = 0;
    for (; (text = strstr(text, part)); text++)
        count++;
    return count;
}

static void terminal_line_is_rewritten(void **state)
{
    (void)state;
    struct terminal terminal;
    struct progress progress;
    open_terminal(&terminal, 80);
    now = 100 * SECOND;
    progress_start(&progress, PROGRESS_AUTO, terminal.stream);
    assert_false(progress_due(&progress)); /* a short run shows nothing */
    progress_end(&progress);
    assert_string_equal(drain(terminal.master), "");

    progress_start(&progress, PROGRESS_AUTO, terminal.stream);
    now += SECOND;
    assert_true(progress_due(&progress));
    progress_show(&progress, "one");
    assert_string_equal(drain(terminal.master), "\rone\033[K");
    now += SECOND;
    progress_show(&progress, "two");
    assert_string_equal(drain(terminal.master), "\rtwo\033[K");
    progress_end(&progress);
    assert_string_equal(drain(terminal.master), "\r\033[K");
    now += 10 * SECOND;
    assert_false(progress_due(&progress));
    assert_true(progress_seconds(&progress) > 11.9 && progress_seconds(&progress) < 12.1);
    close_terminal(&terminal);
}

/* A caller that asks as often as it can, for a minute. */
static void at_most_six_a_second(void **state)
{
    (void)state;
    struct terminal terminal;
    struct progress progress;
    open_terminal(&terminal, 80);
    now = 0;
    progress_start(&progress, PROGRESS_AUTO, terminal.stream);
    unsigned shown = 0;
    int64_t at[400] = {0};
    for (; now < 60 * SECOND; now += SECOND / 1000)
        if (progress_due(&progress)) {
            assert_true(shown < 400);
            at[shown++] = now;
            progress_show(&progress, "x");
            drain(terminal.master);
        }
    assert_true(shown > 60 && shown <= 360);
    assert_true(at[0] > 0);
    for (unsigned i = 6; i < shown; i++)
        assert_true(at[i] - at[i - 6] >= SECOND);
    close_terminal(&terminal);
}

static void cut_at_the_width(void **state)
{
    (void)state;
    char line[501];
    memset(line, 'w', 500);
    line[500] = '\0';
    const unsigned columns[] = {11, 40, 80, 200, 400};
    for (int i = 0; i < 5; i++) {
        struct terminal terminal;
        struct progress progress;
        open_terminal(&terminal, columns[i]);
        progress_start(&progress, PROGRESS_AUTO, terminal.stream);
        progress_show(&progress, line);
        unsigned width = count_of(drain(terminal.master), "w");
        assert_true(width < columns[i] && width >= columns[i] - 2);
        progress_bar(&progress, 0.5, 123456, 9999999, "1,234 images/s  99.9 MB/s  0 failed");
        const char *text = drain(terminal.master);
        size_t escapes = strlen("\r") + strlen("\033[K");
        assert_true(strlen(text) - escapes < columns[i]);
        assert_null(strchr(text, '\n'));
        close_terminal(&terminal);
    }
}

static void plain_lines_elsewhere(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    FILE *stream = fdopen(ends[1], "w");
    struct progress progress;
    now = 5 * SECOND;
    progress_start(&progress, PROGRESS_AUTO, stream); /* a file or pipe that did not ask for it */
    now += 100 * SECOND;
    assert_false(progress_due(&progress));
    progress_end(&progress);

    now = 0;
    progress_start(&progress, PROGRESS_ON, stream);
    unsigned shown = 0;
    for (; now < 60 * SECOND; now += SECOND / 100)
        if (progress_due(&progress)) {
            shown++;
            progress_bar(&progress, (double)now / (60.0 * SECOND), shown, 20, "d");
        }
    progress_end(&progress);
    const char *text = drain(ends[0]);
    assert_int_equal(count_of(text, "\n"), shown);
    assert_true(shown >= 2 && shown <= 20);
    assert_null(strchr(text, '\r')); /* a log is no terminal */
    assert_null(strchr(text, '\033'));
    fclose(stream);
    close(ends[0]);
}

static void off_is_silent(void **state)
{
    (void)state;
    struct terminal terminal;
    struct progress progress;
    open_terminal(&terminal, 80);
    now = 0;
    progress_start(&progress, PROGRESS_OFF, terminal.stream);
    for (; now < 20 * SECOND; now += SECOND)
        assert_false(progress_due(&progress));
    progress_end(&progress);
    assert_string_equal(drain(terminal.master), "");
    close_terminal(&terminal);
}

/* The bar is what `fraction` says, whatever it is, and the time left follows from it. */
static void bar_shows_fraction_and_time(void **state)
{
    (void)state;
    static const struct {
        double fraction;
        int64_t seconds;
        unsigned cells;
        const char *left;
    } cases[] = {
        {0, 10, 0, "ETA ?"},
        {-1, 10, 0, "ETA ?"},
        {0.25, 10, 5, "ETA 30 s"},
        {0.5, 40, 10, "ETA 40 s"},
        {1, 40, 20, "ETA 0 s"},
        {7, 40, 20, "ETA 0 s"},
        {0.1, 60, 2, "ETA 9 min 00 s"},
        {0.01, 400, 0, "ETA 11 h 00 min"},
    };
    struct terminal terminal;
    struct progress progress;
    open_terminal(&terminal, 120);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        now = 0;
        progress_start(&progress, PROGRESS_ON, terminal.stream);
        now = cases[i].seconds * SECOND;
        progress_bar(&progress, cases[i].fraction, 1234, 35000, "details");
        const char *text = drain(terminal.master);
        assert_int_equal(count_of(text, "#"), cases[i].cells);
        assert_int_equal(count_of(text, "#") + count_of(text, "."), 20);
        assert_non_null(strstr(text, "1,234/35,000"));
        assert_non_null(strstr(text, "details"));
        assert_non_null(strstr(text, cases[i].left));
    }
    close_terminal(&terminal);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(terminal_line_is_rewritten),
        cmocka_unit_test(at_most_six_a_second),
        cmocka_unit_test(cut_at_the_width),
        cmocka_unit_test(plain_lines_elsewhere),
        cmocka_unit_test(off_is_silent),
        cmocka_unit_test(bar_shows_fraction_and_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
