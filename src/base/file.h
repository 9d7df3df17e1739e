/*
 * file: the few file operations that must be right: EINTR, short transfers, long paths, durability.
 *
 * All take plain paths of any bytes. Nothing here prints.
 * Knows: libc.
 */
#ifndef PIXSCALE_BASE_FILE_H
#define PIXSCALE_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

/* Opens for reading, never blocking on a FIFO and never becoming a controlling terminal; a path
 * longer than the kernel takes at once is walked component by component.
 * Returns a descriptor (close-on-exec) or -1 with errno. */
int file_open_read(const char *path);

/* stat that follows links, for paths of any length. 0, or -1 with errno. */
int file_stat(const char *path, struct stat *st);

/* Reads until `bytes` have arrived or the file ends. Returns the count (less than `bytes` only at
 * the end of the file), or -1 with errno. EINTR is retried. */
ssize_t file_read(int fd, void *data, size_t bytes);

/* Writes all of it at the offset, or returns false with errno. EINTR and short writes are retried.
 */
bool file_write_at(int fd, const void *data, size_t bytes, off_t offset);

/* Reserves `bytes` of disk for the file, which then has that length and reads as zeros. Where the
 * file system cannot reserve, the length is set and the free space checked instead.
 * False with errno (ENOSPC when the disk is too small). */
bool file_reserve(int fd, off_t bytes);

/* The same for a part of a file that has its length already and that others may write to. */
bool file_reserve_part(int fd, off_t offset, off_t bytes);

/* Sets the file's length. False with errno. EINTR is retried. */
bool file_cut(int fd, off_t bytes);

/* Locks the file (flock) without waiting. False when somebody else holds it; where the file system
 * knows no locks there is none, and that is true. */
bool file_lock(int fd);

/* Locks a part of the file for writing, without waiting, until the descriptor is closed. False when
 * somebody else holds some of it; otherwise as file_lock. NFS, moreover, writes whole pages, with
 * what it has read of them before, but where a part of the file is locked: without that two hosts
 * that write to one page undo each other's bytes. */
bool file_lock_part(int fd, off_t offset, off_t bytes);

/* Sixteen digits that no other process on any host has: a host's name and a process's number are
 * the same in many a container. */
#define FILE_UNIQUE 17
void file_unique(char text[FILE_UNIQUE]);

/* Reserves disk for a file that grows up to `bytes`; its length stays. True also where the file
 * system cannot. False with errno (ENOSPC when the disk is too small). */
bool file_reserve_growth(int fd, off_t bytes);

/* Renames a file, but fails with EEXIST where something has the new name. In one step where the
 * file system can do that, by RENAME_NOREPLACE or by a link (NFS); where it can neither, as some of
 * FUSE, a moment passes between the look and the rename. A file that has both names, as when the
 * process was killed between link and unlink, loses the old one. False with errno; the old name
 * stays then. */
bool file_rename_new(const char *from, const char *to);

/* Gives the file `temporary` the name `path`, in one step that fails (EEXIST) where something has
 * that name: also among hosts that share the folder. False with errno; the temporary name is gone
 * in any case. */
bool file_publish(const char *temporary, const char *path);

/* fsync of the folder that holds `path`, so that a rename in it lasts. False with errno. */
bool file_sync_folder(const char *path);

#endif
