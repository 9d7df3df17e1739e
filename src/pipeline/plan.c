#include "pipeline/plan.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Cost of a byte of the file, sixteenths of a JPEG's. PNG packs fewer pixels into a byte, but its
 * bytes are cheaper to decode. */
#define COST_JPEG 16
#define COST_PNG  10

/* Every picture costs something whatever its size: opening, tables, the output row. */
#define COST_FIXED_BYTES 4096

uint64_t plan_cost(const struct manifest_entry *entry)
{
    if (entry->kind != MANIFEST_REGULAR)
        return 0;
    size_t length = strlen(entry->path);
    bool png = length > 4 && strcasecmp(entry->path + length - 4, ".png") == 0;
    return (entry->bytes + COST_FIXED_BYTES) * (png ? COST_PNG : COST_JPEG);
}

struct costed {
    uint64_t cost;
    uint32_t entry;
};

static int costlier_first(const void *a, const void *b)
{
    const struct costed *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost > y->cost ? -1 : 1;
    return x->entry < y->entry ? -1 : x->entry > y->entry;
}

static bool order_by_cost(struct plan *plan, const struct manifest *manifest)
{
    struct costed *costed = malloc(plan->count * sizeof *costed);
    if (!costed)
        return false;
    for (size_t i = 0; i < plan->count; i++)
        costed[i] = (struct costed){.cost = plan_cost(&manifest->entries[i]), .entry = (uint32_t)i};
    qsort(costed, plan->count, sizeof *costed, costlier_first);
    for (size_t i = 0; i < plan->count; i++)
        plan->order[i] = costed[i].entry;
    free(costed);
    return true;
}

bool plan_make(struct plan *plan, const struct manifest *manifest, enum plan_order order,
               struct error *error)
{
    *plan = (struct plan){.count = manifest->count};
    if (plan->count > UINT32_MAX)
        return error_set(error, ERROR_USAGE, "%zu inputs are more than 2^32; split the list",
                         plan->count);
    plan->order = malloc((plan->count ? plan->count : 1) * sizeof *plan->order);
    bool ok = plan->order != NULL;
    for (size_t i = 0; ok && i < plan->count; i++)
        plan->order[i] = (uint32_t)i;
    if (ok && plan->count && order == PLAN_COST)
        ok = order_by_cost(plan, manifest);
    if (!ok) {
        plan_free(plan);
        return error_set(error, ERROR_OUTPUT, "no memory to plan %zu inputs", manifest->count);
    }
    return true;
}

void plan_free(struct plan *plan)
{
    free(plan->order);
    plan->order = NULL;
}
