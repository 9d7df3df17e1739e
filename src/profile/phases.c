#include "profile/phases.h"

#include <string.h>

#include "base/clock.h"

#define OTHER "other"

void phases_begin(struct phases *phases)
{
    int64_t now = clock_now_ns();
    *phases =
        (struct phases){.start_ns = now, .last_ns = now, .count = 1, .phase = {{.name = OTHER}}};
}

static int find(struct phases *phases, const char *name, bool parallel)
{
    for (int i = 0; i < phases->count; i++)
        if (strcmp(phases->phase[i].name, name) == 0 && phases->phase[i].parallel == parallel)
            return i;
    if (phases->count == PHASES_MOST)
        return 0;
    phases->phase[phases->count] = (struct phases_phase){.name = name, .parallel = parallel};
    return phases->count++;
}

void phases_enter_at(struct phases *phases, const char *name, bool parallel, int64_t now_ns)
{
    if (now_ns < phases->last_ns)
        now_ns = phases->last_ns;
    phases->phase[phases->current].wall_ns += now_ns - phases->last_ns;
    phases->last_ns = now_ns;
    phases->current = find(phases, name, parallel);
}

void phases_enter(struct phases *phases, const char *name, bool parallel)
{
    phases_enter_at(phases, name, parallel, clock_now_ns());
}

void phases_leave(struct phases *phases)
{
    phases_enter(phases, OTHER, false);
}

int64_t phases_end(struct phases *phases)
{
    phases_leave(phases);
    return phases->last_ns - phases->start_ns;
}
