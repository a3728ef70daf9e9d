"""The side that nobody trusts, and the walls around it.

    sandbox    the judge's end: starts the warm process inside its walls, forks, ends
    walls      bubblewrap's command, and what a system offers in words
    handout    which parts of the package a submission may import
    wire       what crosses the line: messages of data
    forms      a case and an outcome as messages, both ends of each
    limits     all limits, in one place
    processes  the children of a process, and their end

    warm       in the warm process: stays clean, forks a child per submission
    confine    in the child, first: gives up every right
    apart      namespaces of a child's own
    calls      a filter on its system calls
    child      in the child: runs cells, answers calls
    remote     in the child: functions among the arguments, which stay with the judge

These six, `limits`, `wire`, `forms`, `processes` and a few files of `checks/engine` are all that
exists there of this package; they are sent as text.
"""
