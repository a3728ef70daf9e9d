"""From a class's notebooks to scores. Nobody whose answer is run is trusted.

    attncourse grade            classroom    finds submissions, keeps records, writes reports
    └── process, one per job    process      reads a notebook, makes its record
        │                       judge_side   asks for outcomes and judges them: knows what is right
        └── warm process        untrusted/   bare: knows how to run an answer, and no check
            └── child           untrusted/   one per submission: its cells and its answers

The first two run with the teacher's rights; nothing that a student wrote ever runs there. The warm
process and its children run with none, inside bubblewrap where the system has it. What passes the
line between them is data, bounded, never code (`untrusted/wire`).

    archives, notebooks, submissions   what lies there, whose it is, which lesson's, what is in it
    link, lent, remote_answer          the judge's end of a child: messages, functions, outcomes
    secret, incidents, copies          inputs that nobody knows; what a person should look at
    jobs                               the leading process's end of a grading process
    roster, gradebook, changes         the school's own lists and tables; who gains and who loses
    records                            what grading one submission leaves behind
    summary, report, class_page, look_page, student_page   what people read

`docs/grading.md` says who may attack, and which wall stops what.
"""
