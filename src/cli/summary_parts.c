#include "cli/summary_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "base/escape.h"
#include "base/text.h"
#include "image/reason.h"

/* getrusage's figure also counts what the process was before exec: a run started by a large program
 * would seem as large. The kernel's own mark is of this program alone. */
uint64_t summary_parts_peak_memory(void)
{
    unsigned long long kib = 0;
    char line[128];
    FILE *stream = fopen("/proc/self/status", "re");
    while (stream && fgets(line, sizeof line, stream))
        if (sscanf(line, "VmHWM: %llu", &kib) == 1)
            break;
    if (stream)
        fclose(stream);
    if (kib == 0) {
        struct rusage usage;
        getrusage(RUSAGE_SELF, &usage);
        kib = (unsigned long long)usage.ru_maxrss;
    }
    return (uint64_t)kib * 1024;
}

/* NumPy's notation: "(4812, 64, 64, 3) uint8". */
static void shape_text(const struct npy_shape *shape, char *text, size_t size)
{
    size_t used = (size_t)snprintf(text, size, "(%" PRIu64 ",", shape->size[0]);
    for (int i = 1; i < shape->dimensions && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, " %" PRIu64 "%s", shape->size[i],
                                 i + 1 < shape->dimensions ? "," : "");
    if (used < size)
        snprintf(text + used, size - used, ") %s", shape->item_size == 1 ? "uint8" : "float32");
}

static uint64_t array_bytes(const struct npy_shape *shape)
{
    uint64_t bytes = shape->item_size;
    for (int i = 0; i < shape->dimensions; i++)
        bytes *= shape->size[i];
    return bytes;
}

void summary_parts_array(const char *what, const char *output, const struct npy_shape *shape,
                         FILE *stream)
{
    char text[128], size[TEXT_SIZE];
    shape_text(shape, text, sizeof text);
    escape_line(stream, "  %-7s %s  %s, %s", what, output, text,
                text_bytes(size, (double)array_bytes(shape)));
}

void summary_parts_pixels(const struct row_sums *sums, unsigned channels, FILE *stream)
{
    double mean[3], std[3];
    for (unsigned c = 0; c < channels; c++)
        row_sums_moments(sums, c, &mean[c], &std[c]);
    fprintf(stream, "  pixels  mean");
    for (unsigned c = 0; c < channels; c++)
        fprintf(stream, " %.4f", mean[c]);
    fprintf(stream, "  std");
    for (unsigned c = 0; c < channels; c++)
        fprintf(stream, " %.4f", std[c]);
    fprintf(stream, "  (good rows, 0 to 1)\n");
}

void summary_parts_memory(FILE *stream)
{
    char memory[TEXT_SIZE];
    fprintf(stream, "  memory  %s at its peak\n",
            text_bytes(memory, (double)summary_parts_peak_memory()));
}

void summary_parts_statuses(const uint64_t statuses[STATUS_COUNT], uint64_t failed, FILE *stream)
{
    char count[TEXT_SIZE];
    if (statuses[STATUS_PARTIAL])
        fprintf(stream, "  partial %s (truncated files whose rows hold what arrived)\n",
                text_count(count, statuses[STATUS_PARTIAL]));
    if (!failed)
        return;
    fprintf(stream, "  failed  %s:", text_count(count, failed));
    const char *separator = " ";
    for (int s = 0; s < STATUS_COUNT; s++)
        if (!status_has_pixels((enum status)s) && statuses[s]) {
            fprintf(stream, "%s%s %s", separator, status_name((enum status)s),
                    text_count(count, statuses[s]));
            separator = ", ";
        }
}

void summary_parts_failure(const char *path, const struct index_item *item, FILE *stream)
{
    char why[256];
    escape_line(stream, "pixscale: %s: %s: %s", path, status_name((enum status)item->status),
                reason_text(&item->reason, why, sizeof why));
}

json_t *summary_parts_json_path(const char *path)
{
    char *text = index_escape_copy(path);
    json_t *value = text ? json_string(text) : NULL;
    free(text);
    return value;
}

json_t *summary_parts_json_moments(const struct row_sums *sums, unsigned channels, bool std)
{
    json_t *array = json_array();
    for (unsigned c = 0; c < channels; c++) {
        double moment[2];
        row_sums_moments(sums, c, &moment[0], &moment[1]);
        json_array_append_new(array, json_real(moment[std]));
    }
    return array;
}

json_t *summary_parts_json_shape(const struct npy_shape *shape)
{
    json_t *array = json_array();
    for (int i = 0; i < shape->dimensions; i++)
        json_array_append_new(array, json_integer((json_int_t)shape->size[i]));
    return array;
}

json_t *summary_parts_json_statuses(const uint64_t statuses[STATUS_COUNT])
{
    json_t *object = json_object();
    for (int s = 0; s < STATUS_COUNT; s++)
        json_object_set_new(object, status_name((enum status)s),
                            json_integer((json_int_t)statuses[s]));
    return object;
}
