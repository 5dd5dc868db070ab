//
// This source file is part of the RealtimeKit project
// Copyright (c) the RealtimeKit authors
//
// See LICENSE for license information
// SPDX-License-Identifier: Apache-2.0
//

// Shows ThreadSanitizer what orders threads inside of Swift's own libraries on Linux, which are not compiled with it. Without this, values that one
// thread hands to another in a correct way are reported as races. The library is loaded before those of Swift, stands in for a few of their
// functions, calls them, and says what they mean. It is no part of what is built from the package.
//
// 1. `Synchronization.Mutex`: its fast way is inlined, and seen; its slow way, for threads that have to wait, is a function of the library.
// 2. A continuation that is resumed before its task waits for it: resuming announces what it orders, but a task that finds its continuation
//    resumed goes on without looking at that. Tasks that do wait are ordered by the library itself.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

// In what is compiled with the sanitizer, and in the libraries of Swift: not in other programs, as the one that reads symbols for a report, which
// is started with this library too and never calls what is here.
__attribute__((weak)) void __tsan_acquire(void *address);
__attribute__((weak)) void __tsan_release(void *address);
__attribute__((weak, swiftcall)) void *swift_task_getCurrent(void);

#define SELF __attribute__((swift_context)) void *self

// `_MutexHandle._lockSlow(UInt32)`, `_tryLockSlow() -> Bool` and `_unlockSlow()`: what programs that have been compiled call.
#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define TRY_LOCK "$s15Synchronization12_MutexHandleV12_tryLockSlowSbyF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define AWAIT "swift_continuation_await"
#define ENTER "swift_task_enterThreadLocalContext"

__attribute__((swiftcall)) void seen_lock(uint32_t thread, SELF) __asm__(LOCK);
__attribute__((swiftcall)) bool seen_try_lock(SELF) __asm__(TRY_LOCK);
__attribute__((swiftcall)) void seen_unlock(SELF) __asm__(UNLOCK);
__attribute__((swiftasynccall)) void seen_await(void *continuation) __asm__(AWAIT);
__attribute__((swiftcall)) void seen_enter(void *storage) __asm__(ENTER);

static __attribute__((swiftcall)) void (*real_lock)(uint32_t thread, SELF);
static __attribute__((swiftcall)) bool (*real_try_lock)(SELF);
static __attribute__((swiftcall)) void (*real_unlock)(SELF);
static __attribute__((swiftasynccall)) void (*real_await)(void *continuation);
static __attribute__((swiftcall)) void (*real_enter)(void *storage);

__attribute__((constructor)) static void find(void) {
    real_lock = dlsym(RTLD_NEXT, LOCK);
    real_try_lock = dlsym(RTLD_NEXT, TRY_LOCK);
    real_unlock = dlsym(RTLD_NEXT, UNLOCK);
    real_await = dlsym(RTLD_NEXT, AWAIT);
    real_enter = dlsym(RTLD_NEXT, ENTER);
    bool has_all = real_lock && real_try_lock && real_unlock && real_await && real_enter;
    if (__tsan_acquire && !has_all) {
        fprintf(stderr, ".ci/tsan.c does not know the libraries of this Swift\n");
        abort();
    }
}

__attribute__((swiftcall)) void seen_lock(uint32_t thread, SELF) {
    real_lock(thread, self);
    __tsan_acquire(self);
}

__attribute__((swiftcall)) bool seen_try_lock(SELF) {
    bool locked = real_try_lock(self);
    if (locked) __tsan_acquire(self);
    return locked;
}

__attribute__((swiftcall)) void seen_unlock(SELF) {
    __tsan_release(self);
    real_unlock(self);
}

// What resumes a continuation announces it at the address of the task. A task that finds it resumed at once goes on from here.
__attribute__((swiftasynccall)) void seen_await(void *continuation) {
    void *task = swift_task_getCurrent();
    if (task) __tsan_acquire(task);
    return real_await(continuation);
}

// A task that finds it resumed only when it has made everything ready for waiting enters its context again, as does one that is begun or woken.
__attribute__((swiftcall)) void seen_enter(void *storage) {
    real_enter(storage);
    void *task = swift_task_getCurrent();
    if (task) __tsan_acquire(task);
}
