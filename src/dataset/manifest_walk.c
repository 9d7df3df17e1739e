/*
 * The walk is depth first with a stack of its own: a frame is a folder whose files have been added
 * and some of whose sub-folders are still to come. Names, not whole paths, wait in one list that
 * the frames share, so that memory grows with the names seen and not with depth × depth.
 *
 * Only the deepest few frames hold their folder open. Coming back to one that was closed, it is
 * opened again as ".." of the folder just left, and only if that is not the same folder (somebody
 * moves things about) by its path. So 2,000 levels cost 2,000 more openat, and no more descriptors.
 *
 * Links to folders wait until all real folders have been visited, so that a folder which can be
 * reached both ways has its real path.
 */
#include "dataset/manifest_walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/file.h"
#include "dataset/file_set.h"
#include "dataset/manifest_stat.h"
#include "dataset/manifest_store.h"

/* Enough that common trees never open a folder twice, few enough for `ulimit -n 16`. */
#define OPEN_FOLDERS 8

struct frame {
    int fd; /* -1 while closed */
    dev_t device;
    ino_t inode;
    size_t path_length;   /* of the folder's path in walk.path */
    size_t pending_begin; /* names from here to the next frame's are this folder's */
};

struct walk {
    struct manifest *manifest;
    const struct manifest_options *options;
    struct error *error;
    struct file_set visited; /* folders */
    struct file_set above;   /* folders that hold the root of the tree being walked */
    struct buffer path;      /* of the top frame, not terminated */
    struct frame *frames;
    size_t depth, capacity;
    struct manifest_names pending; /* sub-folders still to be walked; popped from the end */
    struct manifest_names *links;  /* paths of links to folders, for later */
};

static struct frame *top(struct walk *walk)
{
    return &walk->frames[walk->depth - 1];
}

static void close_frame(struct frame *frame)
{
    if (frame->fd >= 0)
        close(frame->fd);
    frame->fd = -1;
}

static char *path_in_top(struct walk *walk, const char *name)
{
    return manifest_store_join(walk->manifest->store, (const char *)walk->path.data,
                               top(walk)->path_length, name, walk->error);
}

/* Failures that are ours and not the folder's: the scan must end, or what is there gets lost. */
static bool out_of_resources(int failure)
{
    return failure == EMFILE || failure == ENFILE || failure == ENOMEM;
}

/* A folder that cannot be read becomes an entry, so that the output tells what is missing. */
static bool add_unreadable(struct walk *walk, const char *path, int failure)
{
    if (!out_of_resources(failure))
        return manifest_store_add_folder(walk->manifest, path, failure, walk->error);
    return error_set(walk->error, ERROR_OUTPUT, "cannot open folder '%s': %s%s", path,
                     strerror(failure), failure == EMFILE ? "; raise the limit (ulimit -n)" : "");
}

static bool is_included(const struct manifest_options *options, const char *name)
{
    if (!options || !options->include)
        return true;
    for (size_t i = 0; i < options->include_count; i++)
        if (fnmatch(options->include[i], name, 0) == 0)
            return true;
    return false;
}

static bool add_file(struct walk *walk, const char *name, const struct stat *st, int failure)
{
    if (st && manifest_store_excludes(walk->options, st))
        return true;
    const char *path = path_in_top(walk, name);
    return path && manifest_store_add(walk->manifest, path, st, failure, walk->error);
}

static bool add_pending(struct walk *walk, const char *name)
{
    const char *copy = manifest_store_text(walk->manifest->store, name, strlen(name), walk->error);
    return copy && manifest_names_push(&walk->pending, copy, walk->error);
}

/* A link to a folder that was visited brings nothing new; one to a folder above leads back here,
 * by way of all that the user did not name. */
static bool add_link(struct walk *walk, const char *name, const struct stat *st)
{
    if (file_set_has(&walk->visited, st) || file_set_has(&walk->above, st))
        return true;
    const char *path = path_in_top(walk, name);
    return path && manifest_names_push(walk->links, path, walk->error);
}

/* One name of the top folder. */
static bool add_name(struct walk *walk, const char *name, unsigned char type)
{
    int fd = top(walk)->fd;
    struct stat st;
    if (type == DT_UNKNOWN && fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
        type = (unsigned char)IFTODT(st.st_mode);
    if (type == DT_DIR)
        return add_pending(walk, name);
    /* Patterns first: a stat costs more than a match. Only a link may yet be a folder. */
    bool included = is_included(walk->options, name);
    if (!included && type != DT_LNK)
        return true;
    if (type == DT_REG) { /* asked about with all the others of the folder */
        const char *path = path_in_top(walk, name);
        return path && manifest_store_add_waiting(walk->manifest, path, walk->error);
    }
    if (fstatat(fd, name, &st, 0) < 0)
        return !included || add_file(walk, name, NULL, errno);
    if (S_ISDIR(st.st_mode))
        return type == DT_LNK ? add_link(walk, name, &st) : add_pending(walk, name);
    return !included || add_file(walk, name, &st, 0);
}

/* Sizes and times of the files that were added from `first` on; what is no input goes. */
static void ask_about(struct walk *walk, size_t first)
{
    struct manifest *manifest = walk->manifest;
    manifest_stat_fill(manifest, first, top(walk)->fd, walk->options);
    size_t kept = first;
    for (size_t i = first; i < manifest->count; i++)
        if (manifest->entries[i].kind != MANIFEST_STAT_EXCLUDE)
            manifest->entries[kept++] = manifest->entries[i];
    manifest->count = kept;
}

/* Adds all files of the top folder, and its sub-folders to the pending ones. */
static bool read_top(struct walk *walk)
{
    size_t first = walk->manifest->count;
    int fd = fcntl(top(walk)->fd, F_DUPFD_CLOEXEC, 0);
    DIR *folder = fd < 0 ? NULL : fdopendir(fd);
    int failure = errno;
    bool ok = true;
    if (folder) {
        struct dirent *entry;
        while (ok && (errno = 0, entry = readdir(folder)))
            if (entry->d_name[0] != '.')
                ok = add_name(walk, entry->d_name, entry->d_type);
        failure = errno;
        closedir(folder);
        ask_about(walk, first);
    } else if (fd >= 0) {
        close(fd);
    }
    manifest_names_sort(&walk->pending, top(walk)->pending_begin);
    if (!ok || (folder && !failure))
        return ok;
    const char *path = manifest_store_text(walk->manifest->store, (const char *)walk->path.data,
                                           top(walk)->path_length, walk->error);
    return path && add_unreadable(walk, path, failure);
}

/* Makes the folder the top frame and reads it; takes the descriptor. A folder that was visited, or
 * that is excluded, is left alone. `path_length` bytes of walk.path are its path. */
static bool push(struct walk *walk, int fd, const struct stat *st, size_t path_length)
{
    if (file_set_has(&walk->visited, st) || manifest_store_excludes(walk->options, st)) {
        close(fd);
        return true;
    }
    if (walk->depth == walk->capacity) {
        size_t capacity = walk->capacity ? 2 * walk->capacity : 32;
        void *grown = reallocarray(walk->frames, capacity, sizeof *walk->frames);
        if (!grown) {
            close(fd);
            return manifest_store_no_memory(walk->error);
        }
        walk->frames = grown;
        walk->capacity = capacity;
    }
    walk->frames[walk->depth++] = (struct frame){.fd = fd,
                                                 .device = st->st_dev,
                                                 .inode = st->st_ino,
                                                 .path_length = path_length,
                                                 .pending_begin = walk->pending.count};
    if (walk->depth > OPEN_FOLDERS)
        close_frame(&walk->frames[walk->depth - 1 - OPEN_FOLDERS]);
    if (!file_set_add(&walk->visited, st))
        return manifest_store_no_memory(walk->error);
    return read_top(walk);
}

/* Goes down into a sub-folder of the top one. */
static bool enter(struct walk *walk, const char *name)
{
    const struct frame *parent = top(walk);
    size_t length = strlen(name), path_length = parent->path_length + 1 + length;
    if (!buffer_grow(&walk->path, 2 * (path_length + 1), parent->path_length))
        return manifest_store_no_memory(walk->error);
    walk->path.data[parent->path_length] = '/';
    memcpy(walk->path.data + parent->path_length + 1, name, length);
    struct stat st;
    int fd = -1;
    if (parent->fd < 0)
        errno = ESTALE; /* the folder above was moved away under the walk */
    else
        fd = openat(parent->fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0 && fstat(fd, &st) == 0)
        return push(walk, fd, &st, path_length);
    int failure = errno;
    if (fd >= 0)
        close(fd);
    const char *path = path_in_top(walk, name);
    return path && add_unreadable(walk, path, failure);
}

static int keep_if_same(int fd, const struct frame *frame)
{
    struct stat st;
    if (fd < 0 || (fstat(fd, &st) == 0 && st.st_dev == frame->device && st.st_ino == frame->inode))
        return fd;
    close(fd);
    return -1;
}

/* Opens a frame's folder again, to look up names in it. It may stay closed. */
static bool reopen(struct walk *walk, struct frame *frame, int child)
{
    if (child >= 0)
        frame->fd = keep_if_same(openat(child, "..", O_PATH | O_DIRECTORY | O_CLOEXEC), frame);
    if (frame->fd >= 0)
        return true;
    walk->path.data[frame->path_length] = '\0';
    const char *path = frame->path_length ? (const char *)walk->path.data : "/";
    int fd = file_open_read(path);
    if (fd < 0 && out_of_resources(errno))
        return add_unreadable(walk, path, errno);
    frame->fd = keep_if_same(fd, frame);
    return true;
}

/* Leaves the top folder. */
static bool pop(struct walk *walk)
{
    bool ok = true;
    struct frame *left = top(walk);
    if (walk->depth > 1 && walk->pending.count && left[-1].fd < 0)
        ok = reopen(walk, &left[-1], left->fd);
    close_frame(left);
    walk->depth--;
    return ok;
}

/* Collects the folders that hold the one that is open. */
static bool look_above(struct walk *walk, int fd, struct stat st)
{
    file_set_free(&walk->above);
    bool ok = true;
    int at = fd;
    for (;;) {
        struct stat above;
        int next = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (at != fd)
            close(at);
        at = next;
        if (at < 0)
            return ok;
        if (!ok || fstat(at, &above) < 0 ||
            (above.st_dev == st.st_dev && above.st_ino == st.st_ino))
            break; /* the root is its own parent */
        st = above;
        ok = file_set_add(&walk->above, &above);
    }
    close(at);
    return ok || manifest_store_no_memory(walk->error);
}

/* Walks one folder and all that is below, but for links to folders. */
static bool walk_tree(struct walk *walk, const char *root)
{
    size_t length = strlen(root);
    int fd = file_open_read(*root ? root : "/");
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0) {
        int failure = errno;
        if (fd >= 0)
            close(fd);
        return add_unreadable(walk, root, failure);
    }
    if (!S_ISDIR(st.st_mode)) {
        close(fd);
        return manifest_store_add(walk->manifest, root, &st, 0, walk->error);
    }
    if (!look_above(walk, fd, st) || !buffer_reserve(&walk->path, length + 1)) {
        close(fd);
        return manifest_store_no_memory(walk->error);
    }
    memcpy(walk->path.data, root, length);
    bool ok = push(walk, fd, &st, length);
    while (ok && walk->depth) {
        if (walk->pending.count > top(walk)->pending_begin)
            ok = enter(walk, walk->pending.text[--walk->pending.count]);
        else
            ok = pop(walk);
    }
    while (walk->depth)
        close_frame(&walk->frames[--walk->depth]);
    return ok;
}

/* Walks what the list names, in byte order; it is empty afterwards. */
static bool walk_trees(struct walk *walk, struct manifest_names *roots)
{
    manifest_names_sort(roots, 0);
    bool ok = true;
    while (ok && roots->count)
        ok = walk_tree(walk, roots->text[--roots->count]);
    return ok;
}

bool manifest_walk(struct manifest *manifest, struct manifest_names *folders,
                   struct manifest_names *links, const struct manifest_options *options,
                   struct error *error)
{
    struct manifest_names found = {0};
    struct walk walk = {.manifest = manifest, .options = options, .error = error, .links = links};
    bool ok = walk_trees(&walk, folders);
    while (ok && links->count) {
        /* Linked folders hold links in turn, which wait for the next round. */
        struct manifest_names round = *links;
        *links = found;
        found = (struct manifest_names){0};
        ok = walk_trees(&walk, &round);
        found = round;
    }
    manifest_names_free(&found);
    manifest_names_free(&walk.pending);
    file_set_free(&walk.visited);
    file_set_free(&walk.above);
    buffer_free(&walk.path);
    free(walk.frames);
    return ok;
}
