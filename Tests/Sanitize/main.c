// Calls the C of CLinux and CCompress as the daemon and the monitor do, and at the ends of what it takes, under
// AddressSanitizer and UndefinedBehaviorSanitizer: `make sanitize`. Mounts and namespaces need root.

#include "check.h"

#include <unistd.h>

int main(void) {
    char folder[] = "/tmp/berth-sanitize-XXXXXX";
    CHECK(mkdtemp(folder) && chdir(folder) == 0);
    check_files();
    check_sockets();
    check_compression();
    if (geteuid() == 0) check_launches();
    else puts("launches: left out, as they need root");
    CHECK(chdir("/") == 0 && rmdir(folder) == 0);
    puts("sanitize: all is well");
    return 0;
}
