#include "report/verdict_excluded.h"

#include <string.h>

#include "base/escape.h"
#include "report/phrase.h"

#define REASONS      8 /* different ones of exclusion that are told apart */
#define REASON_SHOWN 200

/* Whether two reasons differ in nothing but their figures. */
static bool same_kind(const char *a, const char *b)
{
    static const char figures[] = "0123456789.";
    for (;;) {
        a += strspn(a, figures);
        b += strspn(b, figures);
        if (*a != *b)
            return false;
        if (*a == '\0')
            return true;
        a++;
        b++;
    }
}

void verdict_excluded_write(FILE *out, const struct analysis_group *group)
{
    const char *reasons[REASONS];
    int counts[REASONS], found = 0, others = 0, total = 0;
    for (size_t i = 0; i < group->run_count; i++) {
        if (!group->runs[i].excluded)
            continue;
        int at = 0;
        while (at < found && !same_kind(reasons[at], group->runs[i].why))
            at++;
        total++;
        if (at == REASONS) {
            others++;
            continue;
        }
        if (at == found) {
            reasons[found] = group->runs[i].why;
            counts[found++] = 0;
        }
        counts[at]++;
    }
    if (total == 0)
        return;
    fprintf(out, "%d run%s %s left out of the fit: ", total, phrase_plural(total),
            total == 1 ? "is" : "are");
    for (int i = 0; i < found; i++) {
        if (found > 1)
            fprintf(out, "%s%d because ", i ? ", " : "", counts[i]);
        fprintf(out, "%s%.*s", counts[i] > 1 ? "for instance " : "",
                (int)escape_cut(reasons[i], REASON_SHOWN), reasons[i]);
    }
    if (others)
        fprintf(out, ", %d for other reasons", others);
    fprintf(out, ". ");
}
