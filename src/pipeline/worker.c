#include "pipeline/worker.h"

#include <errno.h>
#include <stdlib.h>

#include "base/buffer.h"
#include "pipeline/reader.h"

struct worker {
    const struct worker_options *options;
    struct npy *npy;
    struct stages_clock *clock; /* or NULL */
    struct reader reader;
    struct readahead_eye eye;
    struct transform *transform;
    struct buffer picture; /* the finished picture, bytes */
    struct buffer row;     /* the same as the array holds it, unless that is the same */
    struct row_sums sums;
};

static size_t picture_bytes(const struct row_format *row)
{
    return (size_t)row->width * row->height * row->channels;
}

struct worker *worker_new(const struct worker_options *options, struct transform_gate *gate,
                          struct npy *npy)
{
    struct worker *worker = calloc(1, sizeof *worker);
    if (!worker)
        return NULL;
    worker->options = options;
    worker->npy = npy;
    worker->transform = transform_new(&options->transform, gate);
    bool encodes = !row_format_is_identity(&options->row);
    if (!worker->transform ||
        !buffer_reserve(&worker->picture, picture_bytes(&options->row) + CODEC_ROW_SLACK) ||
        !buffer_reserve(&worker->row, encodes ? row_format_bytes(&options->row) : 0)) {
        worker_free(worker);
        return NULL;
    }
    return worker;
}

void worker_free(struct worker *worker)
{
    if (!worker)
        return;
    reader_free(&worker->reader);
    transform_free(worker->transform);
    buffer_free(&worker->picture);
    buffer_free(&worker->row);
    free(worker);
}

void worker_set_clock(struct worker *worker, struct stages_clock *clock)
{
    worker->clock = clock;
    transform_set_clock(worker->transform, clock);
}

/* Writes the finished picture to its row. Returns 0 or an errno. */
static int store(struct worker *worker, uint64_t row)
{
    const struct row_format *format = &worker->options->row;
    const void *data = worker->picture.data;
    stages_enter(worker->clock, STAGE_STORE);
    row_sums_add(&worker->sums, format, worker->picture.data);
    if (!row_format_is_identity(format)) {
        row_format_encode(format, worker->picture.data, worker->row.data);
        data = worker->row.data;
    }
    return npy_write_row(worker->npy, row, data) ? 0 : errno ? errno : EIO;
}

void worker_look_ahead(struct worker *worker, const struct readahead *ahead, size_t k)
{
    if (ahead)
        readahead_ask(ahead, &worker->eye, k);
}

int worker_item(struct worker *worker, const struct manifest_entry *entry, uint64_t row,
                struct index_item *item, struct slot *slot)
{
    struct picture picture = {0};
    struct reader *reader = &worker->reader;
    struct reason why = {0};
    enum status status = reader_read(reader, entry, worker->options->max_bytes, &why);
    if (status == STATUS_OK)
        status = transform_picture(worker->transform, reader->codec, reader->data.data,
                                   reader->size, worker->picture.data, &picture, &why);
    bool good = status_has_pixels(status);
    int error = good ? store(worker, row) : 0;

    *item = (struct index_item){
        .bytes = entry->bytes,
        .reason = why,
        .width = picture.width,
        .height = picture.height,
        .status = (uint8_t)status,
        .container = (uint8_t)(reader->codec ? reader->codec->container : PICTURE_UNKNOWN),
        .format = (uint8_t)picture.format,
        .done = 1,
    };
    slots_add(slot, &(struct slots_totals){
                        .items = 1,
                        .failed = !good,
                        .bytes = reader->size,
                        .pixels = good ? (uint64_t)picture.width * picture.height : 0,
                    });
    return error;
}

const struct row_sums *worker_sums(const struct worker *worker)
{
    return &worker->sums;
}
