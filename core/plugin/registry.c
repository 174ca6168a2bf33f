/* Search path, dlopen and the list of plugins.
 *
 * The path: the entries of NASVEC_PLUGIN_PATH; the build tree, if this library is in one;
 * the user's data folder; the folder installed with this library. The first file with a
 * name wins. Each folder holds spaces/, encoders/, searchers/, or plugins of any kind
 * directly. Files stay open for the process's life: a class may be in use anywhere. */
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "data/csv.h"
#include "data/place.h"
#include "plugin/accept.h"
#include "plugin/options.h"
#include "plugin/registry.h"

typedef struct {
  const NvClass *origin;  /* the plugin's own descriptor */
  NvClass *klass;         /* the completed copy */
  char *file;
  char *digest;           /* NULL: not yet computed */
} Entry;

static GMutex lock;
static GPtrArray *entries; /* Entry *, in order of precedence; never freed */

/* --- the path ----------------------------------------------------------------------- */

GPtrArray *
nv_i_plugin_folders (void)
{
  GPtrArray *folders = g_ptr_array_new_with_free_func (g_free);
  const char *path = g_getenv ("NASVEC_PLUGIN_PATH");
  g_auto (GStrv) listed = g_strsplit (path != NULL ? path : "", ":", -1);
  for (char **folder = listed; *folder != NULL; folder++)
    if (**folder != '\0')
      g_ptr_array_add (folders, g_strdup (*folder));
  gboolean built;
  char *own = nv_i_own_plugins (&built);
  g_ptr_array_add (folders,
                   g_build_filename (g_get_user_data_dir (), "nasvec", "plugins", NULL));
  if (own != NULL)
    g_ptr_array_insert (folders, built ? (int) folders->len - 1 : -1, own);
  return folders;
}

/* --- trust -------------------------------------------------------------------------- */

/* Only root or this user can change what is at `path`. Where the file has an ACL, the
 * group's bits are its mask, so that other named users count too. In a sticky folder
 * (/tmp) nobody can replace another's file. */
static gboolean
check_trust (const char *path, GError **error)
{
  struct stat st;
  if (stat (path, &st) != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", path, g_strerror (errno));
    return FALSE;
  }
  gboolean sticky = S_ISDIR (st.st_mode) && (st.st_mode & S_ISVTX);
  if (st.st_uid != 0 && st.st_uid != geteuid ()) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "%s: refused: owner is user %u, allowed are root and you (user %u)",
                 path, (guint) st.st_uid, (guint) geteuid ());
    return FALSE;
  }
  if ((st.st_mode & (S_IWGRP | S_IWOTH)) && !sticky) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "%s: refused: mode is %04o, others can write to it (chmod go-w)", path,
                 (guint) (st.st_mode & 07777));
    return FALSE;
  }
  return TRUE;
}

/* --- one file ----------------------------------------------------------------------- */

static Entry *
find_entry (NvKind kind, const char *name)
{
  for (guint i = 0; entries != NULL && i < entries->len; i++) {
    Entry *e = entries->pdata[i];
    if (e->klass->kind == kind && strcmp (e->klass->name, name) == 0)
      return e;
  }
  return NULL;
}

static Entry *
find_file (const char *file)
{
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    if (strcmp (((Entry *) entries->pdata[i])->file, file) == 0)
      return entries->pdata[i];
  return NULL;
}

/* Takes the completed copy `klass`. `first`: before all others, else last. */
static Entry *
keep (const NvClass *origin, NvClass *klass, const char *file, gboolean first)
{
  Entry *entry = g_new (Entry, 1);
  *entry = (Entry){ .origin = origin, .klass = klass, .file = g_strdup (file) };
  if (entries == NULL)
    entries = g_ptr_array_new ();
  g_ptr_array_insert (entries, first ? 0 : -1, entry);
  return entry;
}

static void
move_first (Entry *entry)
{
  g_ptr_array_remove (entries, entry);
  g_ptr_array_insert (entries, 0, entry);
}

static const NvClass *
open_file (const char *file, GError **error)
{
  void *handle = dlopen (file, RTLD_NOW | RTLD_LOCAL);
  if (handle == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "%s: refused: cannot be loaded: %s",
                 file, dlerror ());
    return NULL;
  }
  const NvClass *const *symbol = dlsym (handle, "nv_plugin");
  if (symbol == NULL || *symbol == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "%s: refused: no nasvec plugin: it exports no descriptor 'nv_plugin'",
                 file);
    return NULL;
  }
  return *symbol;
}

/* `kind`: what the file must be by its folder; 0: any. */
static gboolean
check_place (const NvClass *klass, const char *file, guint kind, GError **error)
{
  g_autofree char *base = g_path_get_basename (file);
  g_autofree char *expected = g_strconcat (klass->name, ".so", NULL);
  if (strcmp (base, expected) != 0) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "%s: refused: name is '%s', the file's name is '%s'", file, klass->name,
                 base);
    return FALSE;
  }
  if (kind != 0 && klass->kind != kind) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "%s: refused: kind is %s, its folder is for kind %s", file,
                 nv_kind_name (klass->kind), nv_kind_name (kind));
    return FALSE;
  }
  return TRUE;
}

/* `real`: the file without links. */
static Entry *
load_new (const char *file, const char *real, guint kind, gboolean first, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (real);
  if (!check_trust (folder, error) || !check_trust (real, error))
    return NULL;
  const NvClass *origin = open_file (real, error);
  if (origin == NULL)
    return NULL;
  g_autofree NvClass *klass = nv_i_descriptor_complete (origin, real, error);
  if (klass == NULL || !check_place (klass, file, kind, error))
    return NULL;
  return keep (origin, g_steal_pointer (&klass), real, first);
}

static Entry *
load_file (const char *file, guint kind, gboolean first, GError **error)
{
  g_autofree char *real = realpath (file, NULL);
  if (real == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", file, g_strerror (errno));
    return NULL;
  }
  Entry *known = find_file (real);
  if (known == NULL)
    return load_new (file, real, kind, first, error);
  if (!check_place (known->klass, file, kind, error))
    return NULL;
  if (first)
    move_first (known);
  return known;
}

/* --- many files --------------------------------------------------------------------- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Names of the *.so files in a folder, sorted. */
static GPtrArray *
list_files (const char *folder)
{
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (name, ".so"))
      g_ptr_array_add (names, g_strdup (name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

static void
load_folder (const char *folder, guint kind, GPtrArray *refused)
{
  g_autoptr (GPtrArray) names = list_files (folder);
  for (guint i = 0; i < names->len; i++) {
    g_autofree char *file = g_build_filename (folder, names->pdata[i], NULL);
    g_autofree char *name = g_strndup (names->pdata[i], strlen (names->pdata[i]) - 3);
    GError *error = NULL;
    if (kind != 0 && find_entry (kind, name) != NULL)
      continue;
    if (load_file (file, kind, FALSE, &error) == NULL)
      g_ptr_array_add (refused, error);
  }
}

/* The kind's own folder in `folder`. */
static char *
kind_folder (const char *folder, NvKind kind)
{
  g_autofree char *name = g_strconcat (nv_kind_name (kind), "s", NULL);
  return g_build_filename (folder, name, NULL);
}

static int
compare_classes (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(const NvClass *const *) a)->name,
                 (*(const NvClass *const *) b)->name);
}

static GPtrArray *
list_locked (NvKind kind, GPtrArray *refused)
{
  g_autoptr (GPtrArray) folders = nv_i_plugin_folders ();
  GPtrArray *classes = g_ptr_array_new ();
  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *own = kind_folder (folders->pdata[i], kind);
    load_folder (own, kind, refused);
    load_folder (folders->pdata[i], 0, refused);
  }
  for (guint i = 0; entries != NULL && i < entries->len; i++) {
    Entry *e = entries->pdata[i];
    if (e->klass->kind == kind && find_entry (kind, e->klass->name) == e)
      g_ptr_array_add (classes, e->klass);
  }
  g_ptr_array_sort (classes, compare_classes);
  return classes;
}

static GPtrArray *
new_errors (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) g_error_free);
}

static void
set_not_found (NvKind kind, const char *name, GError **error)
{
  g_autoptr (GPtrArray) refused = new_errors ();
  g_autoptr (GPtrArray) classes = list_locked (kind, refused);
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  for (guint i = 0; i < classes->len; i++)
    g_ptr_array_add (names, (gpointer) ((const NvClass *) classes->pdata[i])->name);
  g_ptr_array_add (names, NULL);
  g_autofree char *suggestion = nv_i_suggestion (name,
                                                 (const char *const *) names->pdata);
  g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN, "no %s '%s'; %s", nv_kind_name (kind),
               name, suggestion);
}

static Entry *
find_locked (NvKind kind, const char *name, GError **error)
{
  Entry *entry = find_entry (kind, name);
  if (entry != NULL)
    return entry;
  g_autoptr (GPtrArray) folders = nv_i_plugin_folders ();
  g_autofree char *base = g_strconcat (name, ".so", NULL);
  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *own = kind_folder (folders->pdata[i], kind);
    g_autofree char *file = g_build_filename (own, base, NULL);
    if (g_file_test (file, G_FILE_TEST_EXISTS))
      return load_file (file, kind, FALSE, error);
    g_autofree char *direct = g_build_filename (folders->pdata[i], base, NULL);
    if (!g_file_test (direct, G_FILE_TEST_EXISTS))
      continue;
    entry = load_file (direct, 0, FALSE, error);
    if (entry == NULL || entry->klass->kind == kind)
      return entry;
  }
  set_not_found (kind, name, error);
  return NULL;
}

const NvClass *
nv_i_plugin_find (NvKind kind, const char *name, GError **error)
{
  g_return_val_if_fail (nv_kind_name (kind) != NULL && name != NULL, NULL);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  if (strchr (name, '/') != NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_PLUGIN,
                 "no %s '%s': a plugin's name has no '/'", nv_kind_name (kind), name);
    return NULL;
  }
  Entry *entry = find_locked (kind, name, error);
  return entry != NULL ? entry->klass : NULL;
}

const NvClass *
nv_i_plugin_load (const char *file, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Entry *entry = load_file (file, 0, TRUE, error);
  return entry != NULL ? entry->klass : NULL;
}

const NvClass *
nv_i_plugin_accept (const NvClass *klass, const char *file, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    if (((Entry *) entries->pdata[i])->origin == klass) {
      Entry *known = entries->pdata[i];
      move_first (known);
      return known->klass;
    }
  NvClass *complete = nv_i_descriptor_complete (klass, file, error);
  return complete != NULL ? keep (klass, complete, file, TRUE)->klass : NULL;
}

GPtrArray *
nv_i_plugin_list (NvKind kind, GPtrArray **refused)
{
  g_return_val_if_fail (nv_kind_name (kind) != NULL, NULL);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  g_autoptr (GPtrArray) errors = new_errors ();
  GPtrArray *classes = list_locked (kind, errors);
  if (refused != NULL)
    *refused = g_steal_pointer (&errors);
  return classes;
}

/* --- what is known of a class ------------------------------------------------------- */

static Entry *
entry_of (const NvClass *klass)
{
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    if (((Entry *) entries->pdata[i])->klass == klass)
      return entries->pdata[i];
  return NULL;
}

const char *
nv_i_plugin_file (const NvClass *klass)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Entry *entry = entry_of (klass);
  g_return_val_if_fail (entry != NULL, NULL);
  return entry->file;
}

const char *
nv_i_plugin_digest (const NvClass *klass)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  Entry *entry = entry_of (klass);
  g_return_val_if_fail (entry != NULL, NULL);
  if (entry->digest == NULL) {
    entry->digest = nv_i_file_digest (entry->file, NULL);
    if (entry->digest == NULL)
      entry->digest = g_compute_checksum_for_string (G_CHECKSUM_SHA256, entry->file, -1);
  }
  return entry->digest;
}
