/* Search path, dlopen and the list of plugins.
 *
 * The path: the entries of NASVEC_PLUGIN_PATH; the build tree, if this library is in one;
 * the user's data folder; the folder installed with this library. The first file with a
 * name and kind wins, whatever was asked for before. Each folder holds spaces/, encoders/,
 * searchers/, or plugins of any kind directly. Files stay open for the process's life: a
 * class may be in use anywhere. */
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
  gboolean named;         /* its name was asked for, and meant it; else it is only open */
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

/* What the name is known to mean. */
static Entry *
find_entry (NvKind kind, const char *name)
{
  for (guint i = 0; entries != NULL && i < entries->len; i++) {
    Entry *e = entries->pdata[i];
    if (e->named && e->klass->kind == kind && strcmp (e->klass->name, name) == 0)
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

/* Takes the completed copy `klass`. */
static Entry *
keep (const NvClass *origin, NvClass *klass, const char *file)
{
  Entry *entry = g_new (Entry, 1);
  *entry = (Entry){ .origin = origin, .klass = klass, .file = g_strdup (file) };
  if (entries == NULL)
    entries = g_ptr_array_new ();
  g_ptr_array_add (entries, entry);
  return entry;
}

/* From now on its name means this one. */
static Entry *
put_first (Entry *entry)
{
  g_ptr_array_remove (entries, entry);
  g_ptr_array_insert (entries, 0, entry);
  entry->named = TRUE;
  return entry;
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
load_new (const char *file, const char *real, guint kind, GError **error)
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
  return keep (origin, g_steal_pointer (&klass), real);
}

static Entry *
load_file (const char *file, guint kind, GError **error)
{
  g_autofree char *real = realpath (file, NULL);
  if (real == NULL) {
    g_set_error (error, NV_ERROR, NV_ERROR_FILE, "%s: %s", file, g_strerror (errno));
    return NULL;
  }
  Entry *known = find_file (real);
  if (known == NULL)
    return load_new (file, real, kind, error);
  return check_place (known->klass, file, kind, error) ? known : NULL;
}

/* --- the first file with a name ----------------------------------------------------- */

/* The kind's own folder in `folder`. */
static char *
kind_folder (const char *folder, NvKind kind)
{
  g_autofree char *name = g_strconcat (nv_kind_name (kind), "s", NULL);
  return g_build_filename (folder, name, NULL);
}

/* A link to nowhere counts, so that it is reported. */
static gboolean
is_there (const char *file)
{
  return g_file_test (file, G_FILE_TEST_EXISTS | G_FILE_TEST_IS_SYMLINK);
}

/* In one folder of the path. NULL without error: there is none of that kind. */
static Entry *
search_folder (const char *folder, NvKind kind, const char *base, GError **error)
{
  g_autofree char *own = kind_folder (folder, kind);
  g_autofree char *file = g_build_filename (own, base, NULL);
  g_autofree char *direct = g_build_filename (folder, base, NULL);
  if (is_there (file))
    return load_file (file, kind, error);
  Entry *entry = is_there (direct) ? load_file (direct, 0, error) : NULL;
  return entry != NULL && entry->klass->kind == kind ? entry : NULL;
}

/* NULL: there is none. Files that are refused are passed over, with an error each in `refused`. */
static Entry *
search_path (NvKind kind, const char *name, GPtrArray *refused)
{
  g_autoptr (GPtrArray) folders = nv_i_plugin_folders ();
  g_autofree char *base = g_strconcat (name, ".so", NULL);
  for (guint i = 0; i < folders->len; i++) {
    GError *error = NULL;
    Entry *entry = search_folder (folders->pdata[i], kind, base, &error);
    if (entry != NULL)
      return entry;
    if (error != NULL)
      g_ptr_array_add (refused, error);
  }
  return NULL;
}

/* --- many files --------------------------------------------------------------------- */

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Adds the names of the *.so files in a folder. */
static void
add_names (GPtrArray *names, const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *base;
  while (dir != NULL && (base = g_dir_read_name (dir)) != NULL)
    if (g_str_has_suffix (base, ".so"))
      g_ptr_array_add (names, g_strndup (base, strlen (base) - 3));
}

/* What may be the name of a plugin of that kind; sorted, a name can come twice. */
static GPtrArray *
list_names (NvKind kind)
{
  g_autoptr (GPtrArray) folders = nv_i_plugin_folders ();
  GPtrArray *names = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < folders->len; i++) {
    g_autofree char *own = kind_folder (folders->pdata[i], kind);
    add_names (names, own);
    add_names (names, folders->pdata[i]);
  }
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    g_ptr_array_add (names, g_strdup (((Entry *) entries->pdata[i])->klass->name));
  g_ptr_array_sort (names, compare_names);
  return names;
}

/* What find_locked() would give for each name: one that a refused file hides is not there. */
static GPtrArray *
list_locked (NvKind kind, GPtrArray *refused)
{
  g_autoptr (GPtrArray) names = list_names (kind);
  GPtrArray *classes = g_ptr_array_new ();
  for (guint i = 0; i < names->len; i++) {
    if (i > 0 && strcmp (names->pdata[i], names->pdata[i - 1]) == 0)
      continue;
    const guint before = refused->len;
    Entry *entry = find_entry (kind, names->pdata[i]);
    if (entry == NULL)
      entry = search_path (kind, names->pdata[i], refused);
    if (entry != NULL && refused->len == before)
      g_ptr_array_add (classes, entry->klass);
  }
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

/* A file that is refused is no reason to take the next one of its name: it was meant. */
static Entry *
find_locked (NvKind kind, const char *name, GError **error)
{
  g_autoptr (GPtrArray) refused = new_errors ();
  Entry *entry = find_entry (kind, name);
  if (entry != NULL)
    return entry;
  entry = search_path (kind, name, refused);
  if (refused->len == 0 && entry != NULL)
    return put_first (entry);
  if (refused->len > 0)
    g_propagate_error (error, g_ptr_array_steal_index (refused, 0));
  else
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
  Entry *entry = load_file (file, 0, error);
  return entry != NULL ? put_first (entry)->klass : NULL;
}

const NvClass *
nv_i_plugin_accept (const NvClass *klass, const char *file, GError **error)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&lock);
  for (guint i = 0; entries != NULL && i < entries->len; i++)
    if (((Entry *) entries->pdata[i])->origin == klass)
      return put_first (entries->pdata[i])->klass;
  NvClass *complete = nv_i_descriptor_complete (klass, file, error);
  return complete != NULL ? put_first (keep (klass, complete, file))->klass : NULL;
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

const char *
nv_i_library_digest (void)
{
  static const char here = 0;
  static gsize once;
  static char *digest;
  Dl_info info;
  if (g_once_init_enter (&once)) {
    if (dladdr (&here, &info) != 0 && info.dli_fname != NULL)
      digest = nv_i_file_digest (info.dli_fname, NULL);
    if (digest == NULL)
      digest = g_strdup (nv_version ());
    g_once_init_leave (&once, 1);
  }
  return digest;
}
