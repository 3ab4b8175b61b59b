<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>AcceptAbove</name>
    <message numerus="yes">
        <source>Accept %n</source>
        <translation>
            <numerusform>Accept %n</numerusform>
            <numerusform>Accept %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Accepts {0}; %n would still wait.</source>
        <translation>
            <numerusform>Accepts {0}; %n would still wait.</numerusform>
            <numerusform>Accepts {0}; %n would still wait.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>AcceptManyDialog</name>
    <message numerus="yes">
        <source>%n proposal(s)</source>
        <translation>
            <numerusform>%n proposal</numerusform>
            <numerusform>%n proposals</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) cannot be read or changed.</source>
        <translation>
            <numerusform>%n image cannot be read or changed.</numerusform>
            <numerusform>%n images cannot be read or changed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) changed.</source>
        <translation>
            <numerusform>%n image changed.</numerusform>
            <numerusform>%n images changed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) were edited meanwhile and stay.</source>
        <translation>
            <numerusform>%n image was edited meanwhile and stays.</numerusform>
            <numerusform>%n images were edited meanwhile and stay.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ChoiceForm</name>
    <message numerus="yes">
        <source>Accepted objects (%n)</source>
        <translation>
            <numerusform>Accepted objects (%n)</numerusform>
            <numerusform>Accepted objects (%n)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Edited objects (%n)</source>
        <translation>
            <numerusform>Edited objects (%n)</numerusform>
            <numerusform>Edited objects (%n)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Proposals nobody has looked at (%n)</source>
        <translation>
            <numerusform>Proposals nobody has looked at (%n)</numerusform>
            <numerusform>Proposals nobody has looked at (%n)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Rejected objects (%n)</source>
        <translation>
            <numerusform>Rejected objects (%n)</numerusform>
            <numerusform>Rejected objects (%n)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message numerus="yes">
        <source>{0} is done with %n proposal(s) undecided.</source>
        <translation>
            <numerusform>{0} is done with %n proposal undecided.</numerusform>
            <numerusform>{0} is done with %n proposals undecided.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n name(s) copied.</source>
        <translation>
            <numerusform>%n name copied.</numerusform>
            <numerusform>%n names copied.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) copied. «paste» adds them to another image.</source>
        <translation>
            <numerusform>%n object copied. «paste» adds it to another image.</numerusform>
            <numerusform>%n objects copied. «paste» adds them to another image.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) added.</source>
        <translation>
            <numerusform>%n object added.</numerusform>
            <numerusform>%n objects added.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) got the other label.</source>
        <translation>
            <numerusform>%n object got the other label.</numerusform>
            <numerusform>%n objects got the other label.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The labels are two again on %n image(s).</source>
        <translation>
            <numerusform>The labels are two again on %n image.</numerusform>
            <numerusform>The labels are two again on %n images.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ComparisonView</name>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n object</numerusform>
            <numerusform>%n objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DoneQuestion</name>
    <message numerus="yes">
        <source>%n proposal(s)</source>
        <translation>
            <numerusform>%n proposal</numerusform>
            <numerusform>%n proposals</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Only the %n without any</source>
        <translation>
            <numerusform>Only the %n without any</numerusform>
            <numerusform>Only the %n without any</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExampleForm</name>
    <message numerus="yes">
        <source>Learned from %n object(s).</source>
        <translation>
            <numerusform>Learned from %n object.</numerusform>
            <numerusform>Learned from %n objects.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>On %n image(s) held out</source>
        <translation>
            <numerusform>On %n image held out</numerusform>
            <numerusform>On %n images held out</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Like %n seen on the images before</source>
        <translation>
            <numerusform>Like %n seen on the images before</numerusform>
            <numerusform>Like %n seen on the images before</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>like %n that you accepted</source>
        <translation>
            <numerusform>like %n that you accepted</numerusform>
            <numerusform>like %n that you accepted</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>not like %n that you rejected</source>
        <translation>
            <numerusform>not like %n that you rejected</numerusform>
            <numerusform>not like %n that you rejected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n object</numerusform>
            <numerusform>%n objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n left out.</source>
        <translation>
            <numerusform>%n left out.</numerusform>
            <numerusform>%n left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) of an earlier export removed.</source>
        <translation>
            <numerusform>%n file of an earlier export removed.</numerusform>
            <numerusform>%n files of an earlier export removed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s) lie there and are read with it.</source>
        <translation>
            <numerusform>%n other file lies there and is read with it.</numerusform>
            <numerusform>%n other files lie there and are read with it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) came back different: IoU {0} on average, {1} at worst.</source>
        <translation>
            <numerusform>%n object came back different: IoU {0} on average, {1} at worst.</numerusform>
            <numerusform>%n objects came back different: IoU {0} on average, {1} at worst.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost attributes: the format has no place for them.</source>
        <translation>
            <numerusform>%n object lost attributes: the format has no place for them.</numerusform>
            <numerusform>%n objects lost attributes: the format has no place for them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost flags: the format has no place for them.</source>
        <translation>
            <numerusform>%n object lost flags: the format has no place for them.</numerusform>
            <numerusform>%n objects lost flags: the format has no place for them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost their group: the format has no place for it.</source>
        <translation>
            <numerusform>%n object lost their group: the format has no place for it.</numerusform>
            <numerusform>%n objects lost their group: the format has no place for it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost their note: the format has no place for it.</source>
        <translation>
            <numerusform>%n object lost their note: the format has no place for it.</numerusform>
            <numerusform>%n objects lost their note: the format has no place for it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) were not written: nobody has accepted them yet.</source>
        <translation>
            <numerusform>%n proposal was not written: nobody has accepted it yet.</numerusform>
            <numerusform>%n proposals were not written: nobody has accepted them yet.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) were not written: they are boxes or points still.</source>
        <translation>
            <numerusform>%n object was not written: it is a box or points still.</numerusform>
            <numerusform>%n objects were not written: they are boxes or points still.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) were not written as empty: skipped, or not looked through.</source>
        <translation>
            <numerusform>%n image was not written as empty: skipped, or not looked through.</numerusform>
            <numerusform>%n images were not written as empty: skipped, or not looked through.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) with objects lie in folders inside that are not shown.</source>
        <translation>
            <numerusform>%n image with objects lies in a folder inside that is not shown.</numerusform>
            <numerusform>%n images with objects lie in folders inside that are not shown.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped after %n image(s); they stay written.</source>
        <translation>
            <numerusform>Stopped after %n image; it stays written.</numerusform>
            <numerusform>Stopped after %n images; they stay written.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FileDelegate</name>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n object</numerusform>
            <numerusform>%n objects</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FilePanel</name>
    <message numerus="yes">
        <source>The filter above hides all %n image(s).</source>
        <translation>
            <numerusform>The filter above hides the %n image.</numerusform>
            <numerusform>The filter above hides all %n images.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FindDialog</name>
    <message numerus="yes">
        <source>%n image(s) done</source>
        <translation>
            <numerusform>%n image done</numerusform>
            <numerusform>%n images done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Sharpened by %n decision(s):</source>
        <translation>
            <numerusform>Sharpened by %n decision:</numerusform>
            <numerusform>Sharpened by %n decisions:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n found.</source>
        <translation>
            <numerusform>%n found.</numerusform>
            <numerusform>%n found.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n alike.</source>
        <translation>
            <numerusform>%n alike.</numerusform>
            <numerusform>%n alike.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) added; «review» looks at them.</source>
        <translation>
            <numerusform>%n proposal added; «review» looks at it.</numerusform>
            <numerusform>%n proposals added; «review» looks at them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n taken back.</source>
        <translation>
            <numerusform>%n taken back.</numerusform>
            <numerusform>%n taken back.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Add %n as proposals</source>
        <translation>
            <numerusform>Add %n as a proposal</numerusform>
            <numerusform>Add %n as proposals</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n mask</numerusform>
            <numerusform>%n masks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n box(es) or points without a mask.</source>
        <translation>
            <numerusform>%n box or points without a mask.</numerusform>
            <numerusform>%n boxes or points without a mask.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n without a mask</source>
        <translation>
            <numerusform>%n without a mask</numerusform>
            <numerusform>%n without a mask</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) changed.</source>
        <translation>
            <numerusform>%n image changed.</numerusform>
            <numerusform>%n images changed.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) were edited meanwhile and stay.</source>
        <translation>
            <numerusform>%n image was edited meanwhile and stays.</numerusform>
            <numerusform>%n images were edited meanwhile and stay.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LabelModel</name>
    <message numerus="yes">
        <source>%n label(s) folded in</source>
        <translation>
            <numerusform>%n label folded in</numerusform>
            <numerusform>%n labels folded in</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LoadLabels</name>
    <message numerus="yes">
        <source>{0} holds %n label(s).</source>
        <translation>
            <numerusform>{0} holds %n label.</numerusform>
            <numerusform>{0} holds %n labels.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>MergeFacts</name>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n object</numerusform>
            <numerusform>%n objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) cannot be changed, so the label “{0}” stays.</source>
        <translation>
            <numerusform>%n image cannot be changed, so the label “{0}” stays.</numerusform>
            <numerusform>%n images cannot be changed, so the label “{0}” stays.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ObjectCommands</name>
    <message numerus="yes">
        <source>%n objects are one now, with the label {0} of the first.</source>
        <translation>
            <numerusform>%n object is one now, with the label {0} of the first.</numerusform>
            <numerusform>%n objects are one now, with the label {0} of the first.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more object(s) came of the parts.</source>
        <translation>
            <numerusform>%n more object came of the parts.</numerusform>
            <numerusform>%n more objects came of the parts.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) duplicated: drag them, or move them by the arrow keys.</source>
        <translation>
            <numerusform>%n object duplicated: drag it, or move it by the arrow keys.</numerusform>
            <numerusform>%n objects duplicated: drag them, or move them by the arrow keys.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) changed.</source>
        <translation>
            <numerusform>%n object changed.</numerusform>
            <numerusform>%n objects changed.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ObjectPanel</name>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n object</numerusform>
            <numerusform>%n objects</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposed</source>
        <translation>
            <numerusform>%n proposed</numerusform>
            <numerusform>%n proposed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rejected</source>
        <translation>
            <numerusform>%n rejected</numerusform>
            <numerusform>%n rejected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>%n selected</numerusform>
            <numerusform>%n selected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n found</source>
        <translation>
            <numerusform>%n found</numerusform>
            <numerusform>%n found</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n hidden</source>
        <translation>
            <numerusform>%n hidden</numerusform>
            <numerusform>%n hidden</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>OutcomeWords</name>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n mask</numerusform>
            <numerusform>%n masks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) had nothing to add.</source>
        <translation>
            <numerusform>%n image had nothing to add.</numerusform>
            <numerusform>%n images had nothing to add.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ProposeDialog</name>
    <message numerus="yes">
        <source>Every image of the list (%n) that has none yet</source>
        <translation>
            <numerusform>Every image of the list (%n) that has none yet</numerusform>
            <numerusform>Every image of the list (%n) that has none yet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) done</source>
        <translation>
            <numerusform>%n image done</numerusform>
            <numerusform>%n images done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n much like others left out.</source>
        <translation>
            <numerusform>%n much like another left out.</numerusform>
            <numerusform>%n much like others left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) added; «review» looks at them.</source>
        <translation>
            <numerusform>%n proposal added; «review» looks at them.</numerusform>
            <numerusform>%n proposals added; «review» looks at them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Add %n as proposals</source>
        <translation>
            <numerusform>Add %n as proposals</numerusform>
            <numerusform>Add %n as proposals</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RecoverDialog</name>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n object</numerusform>
            <numerusform>%n objects</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReviewBar</name>
    <message numerus="yes">
        <source>%n left</source>
        <translation>
            <numerusform>%n left</numerusform>
            <numerusform>%n left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>in %n image(s)</source>
        <translation>
            <numerusform>in %n image</numerusform>
            <numerusform>in %n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>SegmentAnewDialog</name>
    <message numerus="yes">
        <source>On every image of the list (%n)</source>
        <translation>
            <numerusform>On every image of the list (%n)</numerusform>
            <numerusform>On every image of the list (%n)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatisticsDialog</name>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n mask</numerusform>
            <numerusform>%n masks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) wait, and are counted below as well.</source>
        <translation>
            <numerusform>%n proposal waits, and is counted below as well.</numerusform>
            <numerusform>%n proposals wait, and are counted below as well.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) could not be read.</source>
        <translation>
            <numerusform>%n image could not be read.</numerusform>
            <numerusform>%n images could not be read.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message numerus="yes">
        <source>%n proposal(s) waiting</source>
        <translation>
            <numerusform>%n proposal waiting</numerusform>
            <numerusform>%n proposals waiting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>in %n image(s)</source>
        <translation>
            <numerusform>in %n image</numerusform>
            <numerusform>in %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>today {0} s, %n mask(s)</source>
        <translation>
            <numerusform>today {0} s, %n mask</numerusform>
            <numerusform>today {0} s, %n masks</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TaughtModelsView</name>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n mask</numerusform>
            <numerusform>%n masks</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TeachDialog</name>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n mask</numerusform>
            <numerusform>%n masks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>TrainDialog</name>
    <message numerus="yes">
        <source>%n image(s) are done.</source>
        <translation>
            <numerusform>%n image is done.</numerusform>
            <numerusform>%n images are done.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s) left</source>
        <translation>
            <numerusform>about %n minute left</numerusform>
            <numerusform>about %n minutes left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>WhereForm</name>
    <message numerus="yes">
        <source>Those selected in the list (%n) that are not done</source>
        <translation>
            <numerusform>The one selected in the list (%n), if it is not done</numerusform>
            <numerusform>Those selected in the list (%n) that are not done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every image of the list (%n) that is not done</source>
        <translation>
            <numerusform>Every image of the list (%n) that is not done</numerusform>
            <numerusform>Every image of the list (%n) that is not done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Those that the list shows now (%n) and are not done</source>
        <translation>
            <numerusform>The one that the list shows now (%n), if it is not done</numerusform>
            <numerusform>Those that the list shows now (%n) and are not done</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message numerus="yes">
        <source>%n image(s) marked done.</source>
        <translation>
            <numerusform>%n image marked done.</numerusform>
            <numerusform>%n images marked done.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) marked skipped.</source>
        <translation>
            <numerusform>%n image marked skipped.</numerusform>
            <numerusform>%n images marked skipped.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) neither done nor skipped any more.</source>
        <translation>
            <numerusform>%n image neither done nor skipped any more.</numerusform>
            <numerusform>%n images neither done nor skipped any more.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) are again what they were.</source>
        <translation>
            <numerusform>%n image is again what it was.</numerusform>
            <numerusform>%n images are again what they were.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) cannot be changed and stay as they are.</source>
        <translation>
            <numerusform>%n image cannot be changed and stays as it is.</numerusform>
            <numerusform>%n images cannot be changed and stay as they are.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n new image(s).</source>
        <translation>
            <numerusform>%n new image.</numerusform>
            <numerusform>%n new images.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) gone.</source>
        <translation>
            <numerusform>%n image is gone.</numerusform>
            <numerusform>%n images are gone.</numerusform>
        </translation>
    </message>
</context>
</TS>
