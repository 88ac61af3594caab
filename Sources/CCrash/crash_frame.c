#define _GNU_SOURCE
#include "crash_internal.h"

#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

// A program's own functions are in its symbol table alone, which is in its file and not in memory. The file of the last
// frame is kept mapped: the process ends soon.
static struct {
    const void *base;
    const unsigned char *bytes;
    size_t size;
} opened;

static void open_file(const Dl_info *info)
{
    static const char here;
    Dl_info own;
    if (opened.base == info->dli_fbase) return;
    if (opened.bytes) munmap((void *)opened.bytes, opened.size);
    opened.base = info->dli_fbase;
    opened.bytes = NULL;
    // The program's name may be relative to a directory that was left.
    int is_program = dladdr(&here, &own) && own.dli_fbase == info->dli_fbase;
    int fd = open(is_program ? "/proc/self/exe" : info->dli_fname, O_RDONLY | O_CLOEXEC);
    struct stat status;
    if (fd < 0) return;
    if (!fstat(fd, &status) && (size_t)status.st_size > sizeof(ElfW(Ehdr))) {
        void *bytes = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (bytes != MAP_FAILED) {
            opened.bytes = bytes;
            opened.size = (size_t)status.st_size;
        }
    }
    close(fd);
}

// The function of the mapped file that has this address, which is relative to the file's base.
static const char *function(uint64_t address, uint64_t *start)
{
    if (!opened.bytes) return NULL;
    const ElfW(Ehdr) *head = (const void *)opened.bytes;
    if (memcmp(head->e_ident, ELFMAG, SELFMAG) || head->e_shentsize != sizeof(ElfW(Shdr))) return NULL;
    if (head->e_shoff > opened.size || head->e_shnum > (opened.size - head->e_shoff) / sizeof(ElfW(Shdr))) return NULL;
    const ElfW(Shdr) *sections = (const void *)(opened.bytes + head->e_shoff);
    for (unsigned index = 0; index < head->e_shnum; index++) {
        const ElfW(Shdr) *table = &sections[index];
        if (table->sh_type != SHT_SYMTAB || table->sh_link >= head->e_shnum) continue;
        const ElfW(Shdr) *names = &sections[table->sh_link];
        if (table->sh_offset > opened.size || table->sh_size > opened.size - table->sh_offset) continue;
        if (names->sh_offset > opened.size || names->sh_size > opened.size - names->sh_offset) continue;
        const ElfW(Sym) *symbols = (const void *)(opened.bytes + table->sh_offset);
        for (size_t number = 0; number < table->sh_size / sizeof *symbols; number++) {
            const ElfW(Sym) *symbol = &symbols[number];
            if ((symbol->st_info & 15) != STT_FUNC || symbol->st_name >= names->sh_size) continue;
            if (address < symbol->st_value || address - symbol->st_value >= symbol->st_size) continue;
            *start = symbol->st_value;
            return (const char *)opened.bytes + names->sh_offset + symbol->st_name;
        }
    }
    return NULL;
}

void berth_crash_frame(struct berth_text *text, const void *address)
{
    Dl_info info;
    if (!dladdr(address, &info) || !info.dli_fbase) {
        berth_text_add(text, "0x");
        berth_text_number(text, (uintptr_t)address, 16, 1);
        return;
    }
    uint64_t offset = (uint64_t)((const char *)address - (const char *)info.dli_fbase), start = 0;
    const char *file = strrchr(info.dli_fname, '/');
    berth_text_add(text, file ? file + 1 : info.dli_fname);
    berth_text_add(text, "+0x");
    berth_text_number(text, offset, 16, 1);
    open_file(&info);
    const char *name = function(offset, &start);
    if (name) {
        offset -= start;
    } else if (info.dli_sname) {
        name = info.dli_sname;
        offset = (uint64_t)((const char *)address - (const char *)info.dli_saddr);
    } else {
        return;
    }
    berth_text_add(text, " ");
    berth_text_add(text, name);
    berth_text_add(text, "+");
    berth_text_number(text, offset, 10, 1);
}
