#include "cli/bakery_animation.h"

#include <stdatomic.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR            20 /* characters of a toaster's bar: a tenth of a minute each */
#define WHOLE_BAR      40
#define LEAST_COLUMNS  64
#define USUAL_TOASTERS 20

void bakery_animation_start(struct bakery_animation *animation, enum progress_when when,
                            FILE *stream, int64_t minute_ns)
{
    struct winsize size = {0};
    bool terminal = isatty(STDOUT_FILENO) == 1 && isatty(fileno(stream)) == 1;
    bool known = ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    bool wanted = when == PROGRESS_ON ||
                  (when == PROGRESS_AUTO && terminal && (!known || size.ws_col >= LEAST_COLUMNS));
    *animation = (struct bakery_animation){
        .stream = wanted ? stream : NULL,
        .most_toasters = known && size.ws_row > 8 ? size.ws_row - 6 : USUAL_TOASTERS,
        .minute_ns = minute_ns,
    };
}

static void put_bar(FILE *stream, double share, int width)
{
    int full = (int)(share * width + 0.5);
    full = full < 0 ? 0 : full > width ? width : full;
    fputc('[', stream);
    for (int i = 0; i < width; i++)
        fputc(i < full ? '#' : '.', stream);
    fputc(']', stream);
}

static void put_toaster(FILE *stream, const struct toast_run *run, int i, int64_t now_ns)
{
    const struct toast_seat *seat = &run->seats[i];
    int slice = atomic_load_explicit(&seat->slice, memory_order_relaxed);
    int64_t from = atomic_load_explicit(&seat->from_ns, memory_order_relaxed);
    int64_t to = atomic_load_explicit(&seat->to_ns, memory_order_relaxed);
    fprintf(stream, "  toaster %-4d ", i + 1);
    if (slice < 0) {
        fprintf(stream, "%-*s  idle\033[K\n", BAR + 2, "");
        return;
    }
    put_bar(stream, to > from ? (double)(now_ns - from) / (double)(to - from) : 1, BAR);
    fprintf(stream, "  slice %d\033[K\n", slice + 1);
}

static int count_made(const struct toast_run *run)
{
    int made = 0;
    for (int i = 0; i < run->toasters; i++)
        made += atomic_load_explicit(&run->seats[i].made, memory_order_relaxed);
    return made;
}

void bakery_animation_draw(void *user, const struct toast_run *run, int64_t now_ns)
{
    struct bakery_animation *animation = user;
    FILE *out = animation->stream;
    int shown = run->toasters < animation->most_toasters ? run->toasters : animation->most_toasters;
    double minutes = (double)(now_ns - run->phases.start_ns) / (double)animation->minute_ns;
    int made = count_made(run);
    if (animation->lines > 0)
        fprintf(out, "\033[%dA", animation->lines);
    for (int i = 0; i < shown; i++)
        put_toaster(out, run, i, now_ns);
    fprintf(out, "  %-12s ", "slices");
    put_bar(out, (double)made / run->slices, WHOLE_BAR);
    fprintf(out, "  %d of %d\033[K\n  %d toaster%s, minute %.0f", made, run->slices, run->toasters,
            run->toasters == 1 ? "" : "s", minutes);
    if (shown < run->toasters)
        fprintf(out, " (%d more toasters than fit here)", run->toasters - shown);
    fputs("\033[K\n", out);
    fflush(out);
    animation->lines = shown + 2;
}

void bakery_animation_clear(struct bakery_animation *animation)
{
    if (animation->stream && animation->lines > 0) {
        fprintf(animation->stream, "\033[%dA\033[J", animation->lines);
        fflush(animation->stream);
    }
    animation->lines = 0;
}
