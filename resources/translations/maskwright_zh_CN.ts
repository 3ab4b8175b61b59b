<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>AcceptAbove</name>
    <message>
        <source>Accept many at once</source>
        <translation>一次接受多个</translation>
    </message>
    <message>
        <source>Lowest score to accept</source>
        <translation>接受的最低分数</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>In the whole folder…</source>
        <translation>在整个文件夹中…</translation>
    </message>
    <message>
        <source>Score of at least</source>
        <translation>分数不低于</translation>
    </message>
    <message numerus="yes">
        <source>Accept %n</source>
        <translation>
            <numerusform>接受 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>No proposal here has such a score.</source>
        <translation>这里没有达到该分数的候选。</translation>
    </message>
    <message>
        <source>The highest is {0}.</source>
        <translation>最高为 {0}。</translation>
    </message>
    <message numerus="yes">
        <source>Accepts {0}; %n would still wait.</source>
        <translation>
            <numerusform>接受 {0} 个，还有 %n 个待定。</numerusform>
        </translation>
    </message>
    <message>
        <source>The lowest score is {0}.</source>
        <translation>最低分数为 {0}。</translation>
    </message>
</context>
<context>
    <name>AcceptManyDialog</name>
    <message>
        <source>Accept in the whole folder</source>
        <translation>在整个文件夹中接受</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Take it back</source>
        <translation>撤回</translation>
    </message>
    <message>
        <source>Score of at least</source>
        <translation>分数不低于</translation>
    </message>
    <message>
        <source>Counting the proposals…</source>
        <translation>正在统计候选…</translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s)</source>
        <translation>
            <numerusform>%n 个候选</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} on {1} would be accepted: {2}.</source>
        <translation>将接受 {1}上的 {0}：{2}。</translation>
    </message>
    <message>
        <source>The lowest score is {0}.</source>
        <translation>最低分数为 {0}。</translation>
    </message>
    <message>
        <source>No proposal has such a score.</source>
        <translation>没有候选达到该分数。</translation>
    </message>
    <message>
        <source>The highest score is {0}.</source>
        <translation>最高分数为 {0}。</translation>
    </message>
    <message>
        <source>{0} on {1} would still wait.</source>
        <translation>{1}上还有 {0}待审核。</translation>
    </message>
    <message>
        <source>Only what the filter of the review shows is meant.</source>
        <translation>仅限审核筛选条件所显示的候选。</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) cannot be read or changed.</source>
        <translation>
            <numerusform>%n 张图像无法读取或更改。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) changed.</source>
        <translation>
            <numerusform>已更改 %n 张图像。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) were edited meanwhile and stay.</source>
        <translation>
            <numerusform>%n 张图像在此期间被编辑，保持不变。</numerusform>
        </translation>
    </message>
    <message>
        <source>Accept {0}</source>
        <translation>接受 {0}</translation>
    </message>
</context>
<context>
    <name>ActionSet</name>
    <message>
        <source>Answer {0}, or label {0}</source>
        <translation>结果 {0}，或标签 {0}</translation>
    </message>
</context>
<context>
    <name>Actions</name>
    <message>
        <source>&amp;Undo</source>
        <translation>撤销(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>重做(&amp;R)</translation>
    </message>
    <message>
        <source>click</source>
        <translation>点击</translation>
    </message>
    <message>
        <source>Answer {0}</source>
        <translation>结果 {0}</translation>
    </message>
    <message>
        <source>(no label)</source>
        <translation>（无标签）</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>文件(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Tools</source>
        <translation>工具(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Mask</source>
        <translation>掩膜(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Label</source>
        <translation>标签(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Review</source>
        <translation>审核(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&amp;Go</source>
        <translation>转到(&amp;G)</translation>
    </message>
    <message>
        <source>M&amp;odel</source>
        <translation>模型(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>Open &amp;folder…</source>
        <translation>打开文件夹(&amp;F)…</translation>
    </message>
    <message>
        <source>Open &amp;images…</source>
        <translation>打开图像(&amp;I)…</translation>
    </message>
    <message>
        <source>&amp;Save now</source>
        <translation>立即保存(&amp;S)</translation>
    </message>
    <message>
        <source>I&amp;mport masks…</source>
        <translation>导入掩膜(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>导出(&amp;E)…</translation>
    </message>
    <message>
        <source>Se&amp;ttings…</source>
        <translation>设置(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>Accept &amp;mask</source>
        <translation>接受掩膜(&amp;M)</translation>
    </message>
    <message>
        <source>Dr&amp;op, or leave the tool</source>
        <translation>放弃，或离开工具(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Correct an object</source>
        <translation>修正对象(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Delete selected objects</source>
        <translation>删除所选对象(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Lock or unlock</source>
        <translation>锁定或解锁(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Hide or show</source>
        <translation>隐藏或显示(&amp;H)</translation>
    </message>
    <message>
        <source>Cop&amp;y objects</source>
        <translation>复制对象(&amp;Y)</translation>
    </message>
    <message>
        <source>Pas&amp;te objects</source>
        <translation>粘贴对象(&amp;T)</translation>
    </message>
    <message>
        <source>Mer&amp;ge into one object</source>
        <translation>合并为一个对象(&amp;G)</translation>
    </message>
    <message>
        <source>Split parts &amp;into objects</source>
        <translation>把各部分拆成对象(&amp;I)</translation>
    </message>
    <message>
        <source>&amp;What can be done to an object…</source>
        <translation>可对对象做的操作(&amp;W)…</translation>
    </message>
    <message>
        <source>Select &amp;all</source>
        <translation>全选(&amp;A)</translation>
    </message>
    <message>
        <source>Out&amp;put folder…</source>
        <translation>输出文件夹(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Next object</source>
        <translation>下一个对象(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Previous object</source>
        <translation>上一个对象(&amp;P)</translation>
    </message>
    <message>
        <source>Duplicat&amp;e objects</source>
        <translation>复制一份对象(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Click and drag: smart mask</source>
        <translation>点击和拖动：智能掩膜(&amp;C)</translation>
    </message>
    <message>
        <source>Smart &amp;box</source>
        <translation>智能框(&amp;B)</translation>
    </message>
    <message>
        <source>B&amp;rush</source>
        <translation>画笔(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Eraser</source>
        <translation>橡皮(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Polygon</source>
        <translation>多边形(&amp;P)</translation>
    </message>
    <message>
        <source>C&amp;orners of the outline</source>
        <translation>轮廓的角点(&amp;O)</translation>
    </message>
    <message>
        <source>C&amp;ut objects by a line</source>
        <translation>用线切开对象(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Select objects</source>
        <translation>选择对象(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Next answer</source>
        <translation>下一个结果(&amp;N)</translation>
    </message>
    <message>
        <source>Re&amp;fine once more</source>
        <translation>再精修一次(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Whole answer, or only around the click</source>
        <translation>整个答案，或只改点击处(&amp;W)</translation>
    </message>
    <message>
        <source>Clicks leave e&amp;verything else</source>
        <translation>点击不改其他地方(&amp;V)</translation>
    </message>
    <message>
        <source>S&amp;maller brush</source>
        <translation>缩小画笔(&amp;M)</translation>
    </message>
    <message>
        <source>&amp;Larger brush</source>
        <translation>放大画笔(&amp;L)</translation>
    </message>
    <message>
        <source>Clic&amp;k with the keys: arrows move a mark</source>
        <translation>用键盘单击：方向键移动标记(&amp;K)</translation>
    </message>
    <message>
        <source>Left click &amp;at the mark</source>
        <translation>在标记处左键单击(&amp;A)</translation>
    </message>
    <message>
        <source>Ri&amp;ght click at the mark</source>
        <translation>在标记处右键单击(&amp;G)</translation>
    </message>
    <message>
        <source>Drag from &amp;here, or up to here</source>
        <translation>从此处拖动，或拖到此处(&amp;H)</translation>
    </message>
    <message>
        <source>Preview un&amp;der the mouse</source>
        <translation>鼠标下的预览(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Fill holes</source>
        <translation>填补孔洞(&amp;F)</translation>
    </message>
    <message>
        <source>Remove &amp;specks</source>
        <translation>去除碎点(&amp;S)</translation>
    </message>
    <message>
        <source>Keep &amp;largest part</source>
        <translation>只留最大部分(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Grow by a pixel</source>
        <translation>扩大一个像素(&amp;G)</translation>
    </message>
    <message>
        <source>S&amp;hrink by a pixel</source>
        <translation>收缩一个像素(&amp;H)</translation>
    </message>
    <message>
        <source>Smoo&amp;th outline</source>
        <translation>平滑轮廓(&amp;T)</translation>
    </message>
    <message>
        <source>Label {0}, or answer {0}</source>
        <translation>标签 {0}，或结果 {0}</translation>
    </message>
    <message>
        <source>Label by na&amp;me…</source>
        <translation>按名称选标签(&amp;M)…</translation>
    </message>
    <message>
        <source>&amp;New label…</source>
        <translation>新建标签(&amp;N)…</translation>
    </message>
    <message>
        <source>La&amp;bels and attributes…</source>
        <translation>标签与属性(&amp;B)…</translation>
    </message>
    <message>
        <source>Mer&amp;ge labels…</source>
        <translation>合并标签(&amp;G)…</translation>
    </message>
    <message>
        <source>Zoom &amp;in</source>
        <translation>放大(&amp;I)</translation>
    </message>
    <message>
        <source>Zoom &amp;out</source>
        <translation>缩小(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Fit</source>
        <translation>适合窗口(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;100 %</source>
        <translation>&amp;100 %</translation>
    </message>
    <message>
        <source>&amp;Keep zoom and place</source>
        <translation>保持缩放与位置(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Hide masks while held</source>
        <translation>按住时隐藏掩膜(&amp;H)</translation>
    </message>
    <message>
        <source>Show hidden ob&amp;jects</source>
        <translation>显示隐藏的对象(&amp;J)</translation>
    </message>
    <message>
        <source>Colour by &amp;label</source>
        <translation>按标签着色(&amp;L)</translation>
    </message>
    <message>
        <source>Ou&amp;tlines</source>
        <translation>轮廓线(&amp;T)</translation>
    </message>
    <message>
        <source>Masks f&amp;ainter</source>
        <translation>掩膜更淡(&amp;A)</translation>
    </message>
    <message>
        <source>Masks &amp;stronger</source>
        <translation>掩膜更浓(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Brightness and contrast…</source>
        <translation>亮度和对比度(&amp;B)…</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>全屏(&amp;U)</translation>
    </message>
    <message>
        <source>&amp;Next image</source>
        <translation>下一张图像(&amp;N)</translation>
    </message>
    <message>
        <source>&amp;Previous image</source>
        <translation>上一张图像(&amp;P)</translation>
    </message>
    <message>
        <source>Next image &amp;to do</source>
        <translation>下一张待办图像(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;First image</source>
        <translation>第一张图像(&amp;F)</translation>
    </message>
    <message>
        <source>&amp;Last image</source>
        <translation>最后一张图像(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Go to an image…</source>
        <translation>转到图像(&amp;G)…</translation>
    </message>
    <message>
        <source>Look for new images &amp;again</source>
        <translation>重新查找图像(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Done, and next</source>
        <translation>完成并转到下一张(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Skip this image</source>
        <translation>跳过此图像(&amp;S)</translation>
    </message>
    <message>
        <source>This image is d&amp;one</source>
        <translation>此图像已完成(&amp;O)</translation>
    </message>
    <message>
        <source>This image is s&amp;kipped</source>
        <translation>此图像已跳过(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Choose a model…</source>
        <translation>选择模型(&amp;C)…</translation>
    </message>
    <message>
        <source>GPU &amp;server…</source>
        <translation>GPU 服务器(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Back to the model before</source>
        <translation>回到之前的模型(&amp;B)</translation>
    </message>
    <message>
        <source>&amp;Teach the model…</source>
        <translation>训练模型(&amp;T)…</translation>
    </message>
    <message>
        <source>Look closer when &amp;zoomed in</source>
        <translation>放大时看细节(&amp;Z)</translation>
    </message>
    <message>
        <source>&amp;Look closer now</source>
        <translation>立即看细节(&amp;L)</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>键盘快捷键(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Change keys…</source>
        <translation>更改按键(&amp;C)…</translation>
    </message>
    <message>
        <source>Five-minute &amp;guide</source>
        <translation>五分钟指南(&amp;G)</translation>
    </message>
    <message>
        <source>Copy &amp;diagnostics</source>
        <translation>复制诊断信息(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;About Maskwright</source>
        <translation>关于 Maskwright(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Propose masks…</source>
        <translation>提出候选掩膜(&amp;P)…</translation>
    </message>
    <message>
        <source>&amp;Find all like this…</source>
        <translation>查找所有相似的(&amp;F)…</translation>
    </message>
    <message>
        <source>Find by &amp;words…</source>
        <translation>按词语查找(&amp;W)…</translation>
    </message>
    <message>
        <source>Se&amp;gment anew…</source>
        <translation>重新分割(&amp;G)…</translation>
    </message>
    <message>
        <source>&amp;Train the proposer…</source>
        <translation>训练提议器(&amp;T)…</translation>
    </message>
    <message>
        <source>&amp;Review proposals</source>
        <translation>审核候选(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Accept</source>
        <translation>接受(&amp;A)</translation>
    </message>
    <message>
        <source>Re&amp;ject</source>
        <translation>拒绝(&amp;J)</translation>
    </message>
    <message>
        <source>&amp;Edit with the model</source>
        <translation>用模型编辑(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Label…</source>
        <translation>标签(&amp;L)…</translation>
    </message>
    <message>
        <source>&amp;Keep the old mask</source>
        <translation>保留旧掩膜(&amp;K)</translation>
    </message>
    <message>
        <source>&amp;Compare old and new</source>
        <translation>比较新旧(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Undo the decision</source>
        <translation>撤销决定(&amp;U)</translation>
    </message>
    <message>
        <source>Decide la&amp;ter</source>
        <translation>稍后决定(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Back</source>
        <translation>返回(&amp;B)</translation>
    </message>
    <message>
        <source>Decide on &amp;whole images</source>
        <translation>整图审核(&amp;W)</translation>
    </message>
    <message>
        <source>Accept the selecte&amp;d ones, reject the rest</source>
        <translation>接受所选、拒绝其余(&amp;D)</translation>
    </message>
    <message>
        <source>Accept the rest of the &amp;image</source>
        <translation>接受本图其余候选(&amp;I)</translation>
    </message>
    <message>
        <source>Reject the rest of the imag&amp;e</source>
        <translation>拒绝本图其余候选(&amp;E)</translation>
    </message>
    <message>
        <source>Accept all abo&amp;ve…</source>
        <translation>接受高于某分数的(&amp;V)…</translation>
    </message>
    <message>
        <source>Accept in the whole &amp;folder…</source>
        <translation>在整个文件夹中接受(&amp;F)…</translation>
    </message>
    <message>
        <source>Aud&amp;it…</source>
        <translation>质量抽查(&amp;I)…</translation>
    </message>
    <message>
        <source>&amp;Statistics…</source>
        <translation>统计(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Occluded</source>
        <translation>被遮挡(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Truncated</source>
        <translation>被截断(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;Difficult</source>
        <translation>难辨(&amp;D)</translation>
    </message>
    <message>
        <source>C&amp;rowd: many objects in one</source>
        <translation>群体：多个对象合为一个(&amp;R)</translation>
    </message>
    <message>
        <source>Attribu&amp;te mode</source>
        <translation>属性模式(&amp;T)</translation>
    </message>
    <message>
        <source>Gro&amp;up</source>
        <translation>编组(&amp;U)</translation>
    </message>
    <message>
        <source>Take out of the grou&amp;p</source>
        <translation>移出组(&amp;P)</translation>
    </message>
</context>
<context>
    <name>AdjustDialog</name>
    <message>
        <source>Brightness and contrast</source>
        <translation>亮度和对比度</translation>
    </message>
    <message>
        <source>Brightness</source>
        <translation>亮度</translation>
    </message>
    <message>
        <source>Contrast</source>
        <translation>对比度</translation>
    </message>
    <message>
        <source>For the eye only: files and model see the image as it is.</source>
        <translation>仅供观看：文件和模型使用原始图像。</translation>
    </message>
</context>
<context>
    <name>AmountSlider</name>
    <message>
        <source>How like</source>
        <translation>相似程度</translation>
    </message>
    <message>
        <source>Fewer or more</source>
        <translation>更少或更多</translation>
    </message>
    <message>
        <source>Fewer</source>
        <translation>更少</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>How sure</source>
        <translation>确定程度</translation>
    </message>
</context>
<context>
    <name>AttributeEditor</name>
    <message>
        <source>Attributes</source>
        <translation>属性</translation>
    </message>
    <message>
        <source>by its place</source>
        <translation>按位置</translation>
    </message>
    <message>
        <source>One choice a line</source>
        <translation>每行一个选项</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Add an attribute</source>
        <translation>添加属性</translation>
    </message>
    <message>
        <source>Remove this attribute; values that objects have are kept</source>
        <translation>移除此属性；对象已有的值会保留</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Choices</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>At least</source>
        <translation>最小</translation>
    </message>
    <message>
        <source>At most</source>
        <translation>最大</translation>
    </message>
    <message>
        <source>New objects get</source>
        <translation>新对象取值</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>attribute</source>
        <translation>属性</translation>
    </message>
    <message>
        <source>Not taken yet: {0}.</source>
        <translation>尚未采用：{0}。</translation>
    </message>
</context>
<context>
    <name>Attributes</name>
    <message>
        <source>choice</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>yes or no</source>
        <translation>是或否</translation>
    </message>
    <message>
        <source>number</source>
        <translation>数字</translation>
    </message>
    <message>
        <source>text</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
</context>
<context>
    <name>AuditDialog</name>
    <message>
        <source>Audit</source>
        <translation>质量抽查</translation>
    </message>
    <message>
        <source>only masks that the machine made</source>
        <translation>仅机器生成的掩膜</translation>
    </message>
    <message>
        <source>Draw</source>
        <translation>抽取</translation>
    </message>
    <message>
        <source>It is right  ({0})</source>
        <translation>正确  ({0})</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>稍后</translation>
    </message>
    <message>
        <source>Show the result</source>
        <translation>显示结果</translation>
    </message>
    <message>
        <source>Masks to draw</source>
        <translation>抽取的掩膜数</translation>
    </message>
    <message>
        <source>Draw masks at random</source>
        <translation>随机抽取掩膜</translation>
    </message>
    <message>
        <source>Nothing is drawn yet.</source>
        <translation>尚未抽取。</translation>
    </message>
    <message>
        <source>{0} of {1} looked at.</source>
        <translation>已查看 {0}/{1}。</translation>
    </message>
    <message>
        <source>Correct the mask with the tools («correct» begins), or say it is right.</source>
        <translation>用工具修正掩膜（按 «correct» 开始），或确认其正确。</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Go through them</source>
        <translation>逐个查看</translation>
    </message>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>{0} of the masks overlap with their correction by more than 0.9, {1} by more than 0.75.</source>
        <translation>{0} 的掩膜与其修正结果的重合度超过 0.9，{1} 超过 0.75。</translation>
    </message>
    <message>
        <source>By label</source>
        <translation>按标签</translation>
    </message>
    <message>
        <source>By size</source>
        <translation>按大小</translation>
    </message>
    <message>
        <source>By source</source>
        <translation>按来源</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Written: {0}</source>
        <translation>已写入：{0}</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Answer to the message</source>
        <translation>回应此消息</translation>
    </message>
    <message>
        <source>Close the message</source>
        <translation>关闭消息</translation>
    </message>
    <message>
        <source>Close the message  (Esc)</source>
        <translation>关闭消息  (Esc)</translation>
    </message>
</context>
<context>
    <name>CandidateCards</name>
    <message>
        <source>Answers</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Answers of the model: 1, 2, 3 or Tab choose. The number is the overlap with the object that the model expects.</source>
        <translation>模型的结果：用 1、2、3 或 Tab 选择。数字是模型预计与对象的重合度。</translation>
    </message>
    <message>
        <source>IoU {0}</source>
        <translation>IoU {0}</translation>
    </message>
</context>
<context>
    <name>Canvas</name>
    <message>
        <source>Image</source>
        <translation>图像</translation>
    </message>
</context>
<context>
    <name>CanvasPane</name>
    <message>
        <source>This is not part of it</source>
        <translation>这不属于对象</translation>
    </message>
    <message>
        <source>This is part of it</source>
        <translation>这属于对象</translation>
    </message>
    <message>
        <source>Remove this click</source>
        <translation>删除此点</translation>
    </message>
    <message>
        <source>Remove the box</source>
        <translation>删除框</translation>
    </message>
</context>
<context>
    <name>Catalogue</name>
    <message>
        <source>The first SAM: solid on everyday photographs.</source>
        <translation>最早的 SAM：对日常照片表现可靠。</translation>
    </message>
    <message>
        <source>More exact than ViT-B, and about three times as slow.</source>
        <translation>比 ViT-B 更精确，但大约慢三倍。</translation>
    </message>
    <message>
        <source>The most exact of the first SAMs; wants a GPU.</source>
        <translation>最早一代 SAM 中最精确的；需要 GPU。</translation>
    </message>
    <message>
        <source>Quick on a plain computer; coarser than the large ones.</source>
        <translation>在普通电脑上也快；不如大模型精细。</translation>
    </message>
    <message>
        <source>A good start without a GPU: exact for its size.</source>
        <translation>没有 GPU 时的首选：体积小而精确。</translation>
    </message>
    <message>
        <source>A little more exact than tiny, nearly as quick.</source>
        <translation>比 tiny 略精确，几乎一样快。</translation>
    </message>
    <message>
        <source>Exact and still handy; best with a GPU.</source>
        <translation>精确且仍然轻便；最好有 GPU。</translation>
    </message>
    <message>
        <source>The most exact for hard objects; wants a GPU.</source>
        <translation>对难切的对象最精确；需要 GPU。</translation>
    </message>
    <message>
        <source>Thin things and fine edges, also without a GPU.</source>
        <translation>细长物体与精细边缘，没有 GPU 也行。</translation>
    </message>
    <message>
        <source>Thin things and fine edges, cut more sharply than by SAM.</source>
        <translation>细长物体与精细边缘，比 SAM 切得更利落。</translation>
    </message>
    <message>
        <source>Finer still than HQ ViT-B; wants a GPU.</source>
        <translation>比 HQ ViT-B 更精细；需要 GPU。</translation>
    </message>
    <message>
        <source>The finest edges of all; wants a GPU and much memory.</source>
        <translation>边缘最精细；需要 GPU 和大量内存。</translation>
    </message>
    <message>
        <source>Small; answers clicks and boxes, corrects little.</source>
        <translation>体积小；能回答点击和方框，修正能力有限。</translation>
    </message>
    <message>
        <source>Quicker than ViT-B, from images of 512 pixels.</source>
        <translation>比 ViT-B 快，以 512 像素的图像为输入。</translation>
    </message>
    <message>
        <source>Convolutions only: quick where transformers are slow.</source>
        <translation>只用卷积：在 Transformer 较慢的机器上也快。</translation>
    </message>
    <message>
        <source>SAM 2&apos;s answers from a network made for phones.</source>
        <translation>用为手机设计的网络给出 SAM 2 的结果。</translation>
    </message>
    <message>
        <source>Very quick and small; not for commercial purposes.</source>
        <translation>非常快、体积小；不得用于商业目的。</translation>
    </message>
    <message>
        <source>Finds by words of English, several at once; best with a GPU.</source>
        <translation>按英文词语查找，可同时查找多个；最好有 GPU。</translation>
    </message>
    <message>
        <source>Finds by words of English, also small and rare things.</source>
        <translation>按英文词语查找，也能找到细小和罕见的东西。</translation>
    </message>
</context>
<context>
    <name>ChoiceField</name>
    <message>
        <source>several</source>
        <translation>多个值</translation>
    </message>
</context>
<context>
    <name>ChoiceForm</name>
    <message>
        <source>What is written</source>
        <translation>写入内容</translation>
    </message>
    <message>
        <source>of every image that was worked on</source>
        <translation>所有处理过的图像</translation>
    </message>
    <message>
        <source>of images that are done</source>
        <translation>已完成的图像</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Images without such objects too, as empty ones</source>
        <translation>也包括没有此类对象的图像（作为空图像）</translation>
    </message>
    <message>
        <source>Boxes that still wait for a mask, where they fit</source>
        <translation>尚待生成掩膜的框（格式允许时）</translation>
    </message>
    <message numerus="yes">
        <source>Accepted objects (%n)</source>
        <translation>
            <numerusform>已接受的对象（%n）</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Edited objects (%n)</source>
        <translation>
            <numerusform>编辑过的对象（%n）</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Proposals nobody has looked at (%n)</source>
        <translation>
            <numerusform>无人查看过的候选（%n）</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Rejected objects (%n)</source>
        <translation>
            <numerusform>已拒绝的对象（%n）</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Commands</name>
    <message>
        <source>A mask is begun: Enter accepts it, Esc drops it.</source>
        <translation>已有一个未完成的掩膜：Enter 接受，Esc 放弃。</translation>
    </message>
    <message>
        <source>Select one object alone to correct it.</source>
        <translation>请只选择一个对象再修正。</translation>
    </message>
    <message>
        <source>Point at an object, or select one («tool-select», or «previous-object» and «next-object»), to correct it.</source>
        <translation>要修正对象，请将鼠标指向它，或先选择它（«tool-select»，或 «previous-object» 与 «next-object»）。</translation>
    </message>
    <message>
        <source>This object is locked. The lock in the list of objects unlocks it.</source>
        <translation>此对象已锁定。单击对象列表中的锁即可解锁。</translation>
    </message>
    <message>
        <source>There was nothing to change.</source>
        <translation>没有可更改之处。</translation>
    </message>
    <message>
        <source>«done-next» again marks the image done.</source>
        <translation>之后再按 «done-next» 将图像标为完成。</translation>
    </message>
    <message>
        <source>Locked proposals are left: the lock in the list unlocks them.</source>
        <translation>还剩锁定的候选：在列表中点锁图标即可解锁。</translation>
    </message>
    <message numerus="yes">
        <source>{0} is done with %n proposal(s) undecided.</source>
        <translation>
            <numerusform>{0} 已标为完成，但还有 %n 个候选未决定。</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} is done with nothing on it.</source>
        <translation>{0} 已标为完成，上面没有对象。</translation>
    </message>
    <message>
        <source>«skip-next» again skips the image.</source>
        <translation>之后再按 «skip-next» 跳过图像。</translation>
    </message>
    <message>
        <source>The program selected these, so nothing was deleted. A right click rejects one, «review-reject-rest» all that wait.</source>
        <translation>这些是程序选中的，因此没有删除任何对象。右键单击拒绝一个，«review-reject-rest» 拒绝所有待定的。</translation>
    </message>
    <message>
        <source>Locked objects stay. The lock in the list of objects unlocks them.</source>
        <translation>锁定的对象保留不动。单击对象列表中的锁即可解锁。</translation>
    </message>
    <message numerus="yes">
        <source>%n name(s) copied.</source>
        <translation>
            <numerusform>已复制 %n 个文件名。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) copied. «paste» adds them to another image.</source>
        <translation>
            <numerusform>已复制 %n 个对象。«paste» 将它们加到另一幅图像。</numerusform>
        </translation>
    </message>
    <message>
        <source>There is no object to copy.</source>
        <translation>没有可复制的对象。</translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) added.</source>
        <translation>
            <numerusform>已添加 %n 个对象。</numerusform>
        </translation>
    </message>
    <message>
        <source>What was copied is here already.</source>
        <translation>复制的内容这里已经有了。</translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) got the other label.</source>
        <translation>
            <numerusform>%n 个对象改用了另一个标签。</numerusform>
        </translation>
    </message>
    <message>
        <source>No object had that label.</source>
        <translation>没有对象带有该标签。</translation>
    </message>
    <message numerus="yes">
        <source>The labels are two again on %n image(s).</source>
        <translation>
            <numerusform>%n 张图像上的标签又分开了。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Comparison</name>
    <message>
        <source>Click to see the next of the three on the image  («review-compare»)</source>
        <translation>单击在图像上依次查看三者  («review-compare»)</translation>
    </message>
    <message>
        <source>Keep old</source>
        <translation>保留旧的</translation>
    </message>
    <message>
        <source>Old and new overlap with an IoU of {0}</source>
        <translation>新旧掩膜的 IoU 为 {0}</translation>
    </message>
</context>
<context>
    <name>ComparisonView</name>
    <message>
        <source>Old against new</source>
        <translation>新旧对比</translation>
    </message>
    <message>
        <source>On images held out</source>
        <translation>在留出的图像上</translation>
    </message>
    <message>
        <source>Old</source>
        <translation>旧</translation>
    </message>
    <message>
        <source>New</source>
        <translation>新</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>变化</translation>
    </message>
    <message>
        <source>Objects that changed most</source>
        <translation>变化最大的对象</translation>
    </message>
    <message>
        <source>Mean IoU after {0}</source>
        <translation>{0}后的平均 IoU</translation>
    </message>
    <message>
        <source>Clicks to an IoU of {0}</source>
        <translation>达到 IoU {0} 的点击数</translation>
    </message>
    <message>
        <source>1 click</source>
        <translation>1 次点击</translation>
    </message>
    <message>
        <source>3 clicks</source>
        <translation>3 次点击</translation>
    </message>
    <message>
        <source>5 clicks</source>
        <translation>5 次点击</translation>
    </message>
    <message>
        <source>Mean IoU of a box</source>
        <translation>框的平均 IoU</translation>
    </message>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n 个对象</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>Scored on {0} of {1} that neither has learned from.</source>
        <translation>在两个模型都未学习过的 {1}的 {0}上评分。</translation>
    </message>
    <message>
        <source>So small a change may be chance on so few objects.</source>
        <translation>对象如此之少，这么小的变化可能只是偶然。</translation>
    </message>
    <message>
        <source>The new one is better.</source>
        <translation>新模型更好。</translation>
    </message>
    <message>
        <source>The new one is worse.</source>
        <translation>新模型更差。</translation>
    </message>
    <message>
        <source>What became worst</source>
        <translation>变差最多的</translation>
    </message>
    <message>
        <source>What became best</source>
        <translation>变好最多的</translation>
    </message>
    <message>
        <source>Image with the outline of your mask, old and new answer to the first click.</source>
        <translation>带有您的掩膜轮廓的图像，以及旧模型和新模型对第一次点击的回答。</translation>
    </message>
    <message>
        <source>{0}: IoU after 1, 3, 5 clicks {1}, now {2}</source>
        <translation>{0}：1、3、5 次点击后的 IoU 为 {1}，现在为 {2}</translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message>
        <source>%n accepted</source>
        <translation>接受 %n 个</translation>
    </message>
    <message>
        <source>%n edited</source>
        <translation>编辑 %n 个</translation>
    </message>
    <message>
        <source>%n proposed</source>
        <translation>候选 %n 个</translation>
    </message>
    <message>
        <source>%n rejected</source>
        <translation>拒绝 %n 个</translation>
    </message>
</context>
<context>
    <name>DescribingPanel</name>
    <message>
        <source>Attributes</source>
        <translation>属性</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>组</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>several</source>
        <translation>多个值</translation>
    </message>
</context>
<context>
    <name>Diagnostics</name>
    <message>
        <source>The diagnostics are in the clipboard.</source>
        <translation>诊断信息已复制到剪贴板。</translation>
    </message>
    <message>
        <source>Paste them where you tell what went wrong; no image is in them.</source>
        <translation>请粘贴到您报告问题的地方；其中不含任何图像。</translation>
    </message>
</context>
<context>
    <name>Dialogs</name>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Open a folder of images</source>
        <translation>打开图像文件夹</translation>
    </message>
    <message>
        <source>Open images</source>
        <translation>打开图像</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
</context>
<context>
    <name>DoneQuestion</name>
    <message>
        <source>Proposals are not decided</source>
        <translation>有候选尚未决定</translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s)</source>
        <translation>
            <numerusform>%n 个候选</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} of {1} images</source>
        <translation>{1} 张图像中的 {0} 张</translation>
    </message>
    <message>
        <source>Not decided yet: {0} on {1}.</source>
        <translation>尚未决定：{1}上有 {0}。</translation>
    </message>
    <message>
        <source>Not decided yet: {0} on this image.</source>
        <translation>尚未决定：此图像上有 {0}。</translation>
    </message>
    <message>
        <source>Rejected ones stay in the files, and the menu of the list takes all of it back.</source>
        <translation>被拒绝的候选仍保留在文件中，可在列表的菜单中全部撤回。</translation>
    </message>
    <message>
        <source>Done, and keep them</source>
        <translation>标为完成，保留候选</translation>
    </message>
    <message>
        <source>Done, and reject them</source>
        <translation>标为完成，拒绝候选</translation>
    </message>
    <message numerus="yes">
        <source>Only the %n without any</source>
        <translation>
            <numerusform>只标没有候选的 %n 张</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ExampleForm</name>
    <message>
        <source>Examples</source>
        <translation>示例</translation>
    </message>
    <message>
        <source>Like the selected</source>
        <translation>像所选对象</translation>
    </message>
    <message>
        <source>Not like the selected</source>
        <translation>不像所选对象</translation>
    </message>
    <message numerus="yes">
        <source>Learned from %n object(s).</source>
        <translation>
            <numerusform>已从 %n 个对象学习。</numerusform>
        </translation>
    </message>
    <message>
        <source>The label is on one image alone: nothing could be held out.</source>
        <translation>该标签只出现在一张图像上：无法留出图像来测量。</translation>
    </message>
    <message numerus="yes">
        <source>On %n image(s) held out</source>
        <translation>
            <numerusform>在留出的 %n 张图像上</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} of {1} objects are found, and {2} of what is found is right.</source>
        <translation>找到 {1} 个对象中的 {0} 个，所找到的有 {2} 是对的。</translation>
    </message>
    <message>
        <source>They are not marked as done: what lacks there counts as wrong.</source>
        <translation>它们没有标为完成：其中缺少的对象会算作错误。</translation>
    </message>
    <message>
        <source>These are too few to tell how good it is.</source>
        <translation>数量太少，无法判断好坏。</translation>
    </message>
    <message>
        <source>Objects that you select</source>
        <translation>您选择的对象</translation>
    </message>
    <message>
        <source>All accepted objects of the label {0}</source>
        <translation>标签 {0} 的所有已接受对象</translation>
    </message>
    <message>
        <source>Without examples</source>
        <translation>不用示例</translation>
    </message>
    <message>
        <source>Like {0}</source>
        <translation>像 {0}</translation>
    </message>
    <message>
        <source>not like {0}</source>
        <translation>不像 {0}</translation>
    </message>
    <message numerus="yes">
        <source>Like %n seen on the images before</source>
        <translation>
            <numerusform>像之前图像上的 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>like %n that you accepted</source>
        <translation>
            <numerusform>像您接受的 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>not like %n that you rejected</source>
        <translation>
            <numerusform>不像您拒绝的 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>Objects that you select can show what you look for.</source>
        <translation>您选择的对象可以说明要找什么。</translation>
    </message>
    <message>
        <source>Select one object or more of what you look for.</source>
        <translation>请选择一个或多个您要查找的对象。</translation>
    </message>
</context>
<context>
    <name>ExportDialog</name>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>File or folder to write</source>
        <translation>要写入的文件或文件夹</translation>
    </message>
    <message>
        <source>What is written is read back and compared before it counts as done. Images and work in this folder stay as they are.</source>
        <translation>写入的内容会读回并比对，一致才算完成。此文件夹中的图像和标注保持不变。</translation>
    </message>
    <message>
        <source>Object or image</source>
        <translation>对象或图像</translation>
    </message>
    <message>
        <source>What was lost</source>
        <translation>损失了什么</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Export to</source>
        <translation>导出到</translation>
    </message>
    <message>
        <source>{0} is there already. Export once more to replace it.</source>
        <translation>{0} 已存在。再次点击“导出”即可替换。</translation>
    </message>
    <message>
        <source>Export once more to write among them: files of the same names are replaced, others stay.</source>
        <translation>再次导出即写入其中：同名文件会被替换，其他文件保留。</translation>
    </message>
    <message>
        <source>{0} is not empty. Export once more to replace files in it.</source>
        <translation>{0} 不是空文件夹。再次点击“导出”即可替换其中的文件。</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n 个对象</numerusform>
        </translation>
    </message>
    <message>
        <source>Done: {0} in {1}, read back and compared.</source>
        <translation>完成：{1}中的{0}，已读回并比对。</translation>
    </message>
    <message numerus="yes">
        <source>%n left out.</source>
        <translation>
            <numerusform>略过 %n 个。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n file(s) of an earlier export removed.</source>
        <translation>
            <numerusform>已移除先前导出的 %n 个文件。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other file(s) lie there and are read with it.</source>
        <translation>
            <numerusform>那里另有 %n 个文件，会被一并读取。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) came back different: IoU {0} on average, {1} at worst.</source>
        <translation>
            <numerusform>%n 个对象读回后不同：IoU 平均 {0}，最差 {1}。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost attributes: the format has no place for them.</source>
        <translation>
            <numerusform>%n 个对象丢失了属性：该格式没有存放之处。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost flags: the format has no place for them.</source>
        <translation>
            <numerusform>%n 个对象丢失了标志：该格式没有存放之处。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost their group: the format has no place for it.</source>
        <translation>
            <numerusform>%n 个对象丢失了组：该格式没有存放之处。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) lost their note: the format has no place for it.</source>
        <translation>
            <numerusform>%n 个对象丢失了备注：该格式没有存放之处。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) were not written: nobody has accepted them yet.</source>
        <translation>
            <numerusform>有 %n 个候选未写入：尚无人接受。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) were not written: they are boxes or points still.</source>
        <translation>
            <numerusform>有 %n 个对象未写入：它们仍只是框或点。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) were not written as empty: skipped, or not looked through.</source>
        <translation>
            <numerusform>有 %n 张图像未作为空图像写入：已跳过，或尚未查看完。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) with objects lie in folders inside that are not shown.</source>
        <translation>
            <numerusform>未显示的子文件夹中另有 %n 张图像含有对象。</numerusform>
        </translation>
    </message>
    <message>
        <source>not of this export; left alone</source>
        <translation>不属于此次导出；未作改动</translation>
    </message>
    <message>
        <source>of an earlier export; removed</source>
        <translation>属于先前的导出；已移除</translation>
    </message>
    <message numerus="yes">
        <source>Stopped after %n image(s); they stay written.</source>
        <translation>
            <numerusform>已在 %n 张图像后停止；已写的保留。</numerusform>
        </translation>
    </message>
    <message>
        <source>Stopped. Nothing was written.</source>
        <translation>已停止，未写入任何内容。</translation>
    </message>
</context>
<context>
    <name>Figures</name>
    <message>
        <source>all</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>assisted-manual</source>
        <translation>辅助手动</translation>
    </message>
    <message>
        <source>semi-automatic</source>
        <translation>半自动</translation>
    </message>
    <message>
        <source>automatic</source>
        <translation>自动</translation>
    </message>
    <message>
        <source>manual</source>
        <translation>手动</translation>
    </message>
    <message>
        <source>smart</source>
        <translation>智能点选</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>small</source>
        <translation>小</translation>
    </message>
    <message>
        <source>medium</source>
        <translation>中</translation>
    </message>
    <message>
        <source>large</source>
        <translation>大</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>分组</translation>
    </message>
    <message>
        <source>Masks</source>
        <translation>掩膜数</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Per image</source>
        <translation>每张图像</translation>
    </message>
    <message>
        <source>Seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>Clicks</source>
        <translation>点击数</translation>
    </message>
    <message>
        <source>Mean IoU</source>
        <translation>平均 IoU</translation>
    </message>
    <message>
        <source>Median of the seconds of work on a mask</source>
        <translation>每个掩膜工作秒数的中位数</translation>
    </message>
    <message>
        <source>Mean, over masks that a person made</source>
        <translation>由人制作的掩膜的平均值</translation>
    </message>
    <message>
        <source>Of what the model proposed and what was accepted</source>
        <translation>模型提出的与被接受的之间</translation>
    </message>
</context>
<context>
    <name>FileDelegate</name>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n 个对象</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FileModel</name>
    <message>
        <source>A mask is begun here and not accepted yet.</source>
        <translation>这里有一个已开始但尚未接受的掩膜。</translation>
    </message>
</context>
<context>
    <name>FilePanel</name>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Filter by name</source>
        <translation>按名称筛选</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Left to do</source>
        <translation>未完成</translation>
    </message>
    <message>
        <source>In progress</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>已跳过</translation>
    </message>
    <message>
        <source>Filter by status</source>
        <translation>按状态筛选</translation>
    </message>
    <message>
        <source>Images done or skipped</source>
        <translation>已完成或已跳过的图像</translation>
    </message>
    <message numerus="yes">
        <source>The filter above hides all %n image(s).</source>
        <translation>
            <numerusform>上面的筛选隐藏了全部 %n 张图像。</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} of {1} done</source>
        <translation>已完成 {0}/{1}</translation>
    </message>
    <message>
        <source>{0} skipped</source>
        <translation>跳过 {0}</translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>已选 %n 张</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} cannot be read</source>
        <translation>{0} 个无法读取</translation>
    </message>
    <message>
        <source>reading the folder…</source>
        <translation>正在读取文件夹…</translation>
    </message>
    <message>
        <source>{0} not shown</source>
        <translation>{0} 个未显示</translation>
    </message>
    <message>
        <source>more in folders inside</source>
        <translation>子文件夹中还有图像</translation>
    </message>
    <message>
        <source>The folder {0} inside holds images that are not shown. Open that one, or let the settings include the folders inside.</source>
        <translation>子文件夹 {0} 中有未显示的图像。请打开该文件夹，或在设置中包含子文件夹。</translation>
    </message>
</context>
<context>
    <name>Files</name>
    <message>
        <source>cannot be read</source>
        <translation>无法读取</translation>
    </message>
    <message>
        <source>mask begun</source>
        <translation>掩膜未完成</translation>
    </message>
    <message>
        <source>done, nothing on it</source>
        <translation>完成，没有对象</translation>
    </message>
    <message>
        <source>to do</source>
        <translation>待办</translation>
    </message>
    <message>
        <source>in progress</source>
        <translation>进行中</translation>
    </message>
    <message>
        <source>done</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>skipped</source>
        <translation>已跳过</translation>
    </message>
    <message>
        <source>%n proposed</source>
        <translation>%n 个候选</translation>
    </message>
</context>
<context>
    <name>FilterForm</name>
    <message>
        <source>Look at</source>
        <translation>查看</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>分数</translation>
    </message>
    <message>
        <source>IoU with the old one</source>
        <translation>与旧掩膜的 IoU</translation>
    </message>
    <message>
        <source>Size in pixels</source>
        <translation>像素大小</translation>
    </message>
    <message>
        <source>colour:red, occluded, vehicle/</source>
        <translation>colour:red, occluded, vehicle/</translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
    <message>
        <source>Old IoU</source>
        <translation>旧 IoU</translation>
    </message>
    <message>
        <source>Pixels</source>
        <translation>像素</translation>
    </message>
    <message>
        <source>Order</source>
        <translation>顺序</translation>
    </message>
    <message>
        <source>every label</source>
        <translation>所有标签</translation>
    </message>
    <message>
        <source>every source</source>
        <translation>所有来源</translation>
    </message>
    <message>
        <source>{0} of {1} waiting here</source>
        <translation>此处待定 {0}/{1}</translation>
    </message>
</context>
<context>
    <name>FilterSliders</name>
    <message>
        <source>What is good enough</source>
        <translation>何为足够好</translation>
    </message>
    <message>
        <source>Expected IoU above</source>
        <translation>预计 IoU 高于</translation>
    </message>
    <message>
        <source>Stability of at least</source>
        <translation>稳定度不低于</translation>
    </message>
    <message>
        <source>Overlap by at most</source>
        <translation>重叠至多</translation>
    </message>
    <message>
        <source> px</source>
        <translation> 像素</translation>
    </message>
    <message>
        <source>Size of at least</source>
        <translation>大小不小于</translation>
    </message>
</context>
<context>
    <name>FindDialog</name>
    <message>
        <source>Find all</source>
        <translation>全部查找</translation>
    </message>
    <message>
        <source>like the selected objects</source>
        <translation>与所选对象相似的</translation>
    </message>
    <message>
        <source>what words name</source>
        <translation>词语所指的</translation>
    </message>
    <message>
        <source>What is looked for</source>
        <translation>查找什么</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Drag a rectangle on the image.</source>
        <translation>请在图像上拖出一个矩形。</translation>
    </message>
    <message>
        <source>{0} x {1} pixels are looked at.</source>
        <translation>将查看 {0} x {1} 像素。</translation>
    </message>
    <message>
        <source>Looking for what the words name…</source>
        <translation>正在查找词语所指的东西…</translation>
    </message>
    <message>
        <source>Looking for what is alike…</source>
        <translation>正在查找相似的对象…</translation>
    </message>
    <message>
        <source>Reading the objects of the label…</source>
        <translation>正在读取该标签的对象…</translation>
    </message>
    <message>
        <source>Measuring on images held out…</source>
        <translation>正在留出的图像上测量…</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) done</source>
        <translation>
            <numerusform>已完成 %n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>已停止。</translation>
    </message>
    <message>
        <source>Preparing the preview…</source>
        <translation>正在准备预览…</translation>
    </message>
    <message numerus="yes">
        <source>Sharpened by %n decision(s):</source>
        <translation>
            <numerusform>已根据 %n 个决定调整：</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} alike now, {1} before.</source>
        <translation>现在相似的有 {0} 个，之前 {1} 个。</translation>
    </message>
    <message numerus="yes">
        <source>%n found.</source>
        <translation>
            <numerusform>找到 %n 个。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n alike.</source>
        <translation>
            <numerusform>相似的有 %n 个。</numerusform>
        </translation>
    </message>
    <message>
        <source>Move the slider to the right to see more.</source>
        <translation>向右移动滑块可看到更多。</translation>
    </message>
    <message>
        <source>Only the likeliest of a very large number are shown.</source>
        <translation>数量过多，仅显示最可能的那些。</translation>
    </message>
    <message>
        <source>Adding the proposals…</source>
        <translation>正在添加候选…</translation>
    </message>
    <message>
        <source>The objects changed meanwhile: add them once more.</source>
        <translation>对象在此期间有变化：请再添加一次。</translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) added; «review» looks at them.</source>
        <translation>
            <numerusform>已添加 %n 个候选；按 «review» 查看。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n taken back.</source>
        <translation>
            <numerusform>已撤回 %n 个。</numerusform>
        </translation>
    </message>
    <message>
        <source>Measure</source>
        <translation>测量</translation>
    </message>
    <message>
        <source>Find and add</source>
        <translation>查找并添加</translation>
    </message>
    <message>
        <source>Update the proposals</source>
        <translation>更新候选</translation>
    </message>
    <message numerus="yes">
        <source>Add %n as proposals</source>
        <translation>
            <numerusform>将 %n 个添加为候选</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>FormatForm</name>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>as many as needed</source>
        <translation>按需要</translation>
    </message>
</context>
<context>
    <name>Gestures</name>
    <message>
        <source>Left click</source>
        <translation>左键单击</translation>
    </message>
    <message>
        <source>pick the object, or add to it</source>
        <translation>选取对象，或添加到对象</translation>
    </message>
    <message>
        <source>Right click, or Shift + left click</source>
        <translation>右键单击，或 Shift + 左键单击</translation>
    </message>
    <message>
        <source>take away what is not part of it</source>
        <translation>去掉不属于对象的部分</translation>
    </message>
    <message>
        <source>Left drag</source>
        <translation>左键拖动</translation>
    </message>
    <message>
        <source>box around the object</source>
        <translation>用框围住对象</translation>
    </message>
    <message>
        <source>Drag a mark</source>
        <translation>拖动标记</translation>
    </message>
    <message>
        <source>move a click or a corner of the box</source>
        <translation>移动点或框的一角</translation>
    </message>
    <message>
        <source>«skip-next» with the mouse over a mark</source>
        <translation>鼠标在标记上时按 «skip-next»</translation>
    </message>
    <message>
        <source>delete the mark</source>
        <translation>删除标记</translation>
    </message>
    <message>
        <source>Middle drag, or left drag while Space is held</source>
        <translation>中键拖动，或按住空格并左键拖动</translation>
    </message>
    <message>
        <source>move the image (pan)</source>
        <translation>移动图像（平移）</translation>
    </message>
    <message>
        <source>Alt + left drag, Alt + click on a mark</source>
        <translation>Alt + 左键拖动，Alt + 单击标记</translation>
    </message>
    <message>
        <source>pan, delete (many desktops keep Alt)</source>
        <translation>移动图像、删除标记（许多桌面占用 Alt）</translation>
    </message>
    <message>
        <source>Ctrl + click</source>
        <translation>Ctrl + 单击</translation>
    </message>
    <message>
        <source>correct here and leave everything else</source>
        <translation>只改此处，其余不变</translation>
    </message>
    <message>
        <source>Drag with the select tool</source>
        <translation>用选择工具拖动</translation>
    </message>
    <message>
        <source>move what is selected, or select all in a rectangle</source>
        <translation>移动所选，或选择矩形内的全部</translation>
    </message>
    <message>
        <source>Ctrl or Shift + click in the list of images</source>
        <translation>在图像列表中 Ctrl 或 Shift + 单击</translation>
    </message>
    <message>
        <source>select several; its menu marks and finds on all of them</source>
        <translation>选择多张；其菜单可对全部进行标记和查找</translation>
    </message>
    <message>
        <source>Shift + arrow keys in the list of images</source>
        <translation>在图像列表中 Shift + 方向键</translation>
    </message>
    <message>
        <source>select several, Ctrl + Space one more, Esc none</source>
        <translation>选择多张，Ctrl + 空格再选一张，Esc 取消选择</translation>
    </message>
    <message>
        <source>Left and right arrow in the list of labels</source>
        <translation>在标签列表中按左右方向键</translation>
    </message>
    <message>
        <source>fold and unfold labels such as vehicle/car</source>
        <translation>折叠和展开 vehicle/car 这样的标签</translation>
    </message>
    <message>
        <source>Arrow keys, with Alt in a review</source>
        <translation>方向键，审核时加 Alt</translation>
    </message>
    <message>
        <source>move what is selected by a pixel, with Shift by 10</source>
        <translation>把所选移动 1 像素，加 Shift 移动 10</translation>
    </message>
    <message>
        <source>Arrow keys while nothing is selected, or after «caret»</source>
        <translation>未选中任何对象时或按 «caret» 后的方向键</translation>
    </message>
    <message>
        <source>a mark clicks by keys: «caret-click», «caret-remove», «caret-drag»</source>
        <translation>标记用按键单击：«caret-click»、«caret-remove»、«caret-drag»</translation>
    </message>
    <message>
        <source>Right click with the select tool, Ctrl + right click</source>
        <translation>用选择工具右键单击，Ctrl + 右键单击</translation>
    </message>
    <message>
        <source>menu of the object</source>
        <translation>对象的菜单</translation>
    </message>
    <message>
        <source>Shift with brush and eraser</source>
        <translation>画笔和橡皮加 Shift</translation>
    </message>
    <message>
        <source>straight from where the last stroke ended</source>
        <translation>从上一笔结束处画直线</translation>
    </message>
    <message>
        <source>Ctrl with brush and eraser</source>
        <translation>画笔和橡皮加 Ctrl</translation>
    </message>
    <message>
        <source>take away instead of add, and the other way round</source>
        <translation>由添加变为去除，反之亦然</translation>
    </message>
    <message>
        <source>Ctrl + mouse wheel with brush and eraser</source>
        <translation>画笔和橡皮时 Ctrl + 滚轮</translation>
    </message>
    <message>
        <source>size of the brush</source>
        <translation>画笔大小</translation>
    </message>
    <message>
        <source>Right click on a mark</source>
        <translation>右键单击标记</translation>
    </message>
    <message>
        <source>menu of the mark</source>
        <translation>标记的菜单</translation>
    </message>
    <message>
        <source>Mouse wheel</source>
        <translation>鼠标滚轮</translation>
    </message>
    <message>
        <source>zoom at the mouse</source>
        <translation>以鼠标为中心缩放</translation>
    </message>
    <message>
        <source>Shift + mouse wheel</source>
        <translation>Shift + 滚轮</translation>
    </message>
    <message>
        <source>pan sideways</source>
        <translation>左右平移</translation>
    </message>
    <message>
        <source>Click with the select tool on one of a group</source>
        <translation>用选择工具单击组中的一个对象</translation>
    </message>
    <message>
        <source>select the group; again, that object alone</source>
        <translation>选中整组；再次单击只选该对象</translation>
    </message>
    <message>
        <source>Double click with the select tool</source>
        <translation>用选择工具双击</translation>
    </message>
    <message>
        <source>correct that object</source>
        <translation>修正该对象</translation>
    </message>
</context>
<context>
    <name>GoToDialog</name>
    <message>
        <source>Go to an image</source>
        <translation>转到图像</translation>
    </message>
    <message>
        <source>Go</source>
        <translation>转到</translation>
    </message>
    <message>
        <source>Number (1 to {0}), or a part of the name:</source>
        <translation>编号（1 到 {0}），或名称的一部分：</translation>
    </message>
    <message>
        <source>There is no such image.</source>
        <translation>没有这样的图像。</translation>
    </message>
</context>
<context>
    <name>GpuServerDialog</name>
    <message>
        <source>GPU server</source>
        <translation>GPU 服务器</translation>
    </message>
    <message>
        <source>Keep the token, in a file for your eyes alone</source>
        <translation>保存令牌（存于仅您可读的文件）</translation>
    </message>
    <message>
        <source>Test</source>
        <translation>测试</translation>
    </message>
    <message>
        <source>Use this server</source>
        <translation>使用此服务器</translation>
    </message>
    <message>
        <source>Use the built-in model</source>
        <translation>使用内置模型</translation>
    </message>
    <message>
        <source>Images are prepared by a model on another computer, clicks are answered on this one. There, somebody has started: run.py serve --model FILE --token-file FILE</source>
        <translation>图像由另一台计算机上的模型准备，点击在本机回答。那台计算机上需已启动：run.py serve --model 文件 --token-file 文件</translation>
    </message>
    <message>
        <source>Images and the token cross the network unencrypted: whoever is on the way can read them. Take an https address (a proxy before the server), or an SSH tunnel.</source>
        <translation>图像和令牌在网络上未加密传输：途中的任何人都能读取。请使用 https 地址（在服务器前加代理）或 SSH 隧道。</translation>
    </message>
    <message>
        <source>none is needed on this computer itself</source>
        <translation>服务器就在本机时无需令牌</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>令牌</translation>
    </message>
    <message>
        <source>In use: {0}, on this computer.</source>
        <translation>正在使用：{0}（本机）。</translation>
    </message>
    <message>
        <source>{0} does not answer and is asked again by itself. What was prepared before can be used.</source>
        <translation>{0} 没有回答，程序会自行重试。之前准备好的图像仍可使用。</translation>
    </message>
    <message>
        <source>Loading {0}…</source>
        <translation>正在加载 {0}…</translation>
    </message>
    <message>
        <source>{0} could not be loaded.</source>
        <translation>无法加载 {0}。</translation>
    </message>
    <message>
        <source>In use: {0}, {1}.</source>
        <translation>正在使用：{0}，{1}。</translation>
    </message>
    <message>
        <source>Asking {0}…</source>
        <translation>正在询问 {0}…</translation>
    </message>
    <message>
        <source>{0} on {1}, {2}. An image was prepared in {3} ms, there and back; a click was answered in {4} ms, here.</source>
        <translation>{0}，{1}，{2}。准备一张图像往返用时 {3} 毫秒；本机回答一次点击用时 {4} 毫秒。</translation>
    </message>
</context>
<context>
    <name>GridForm</name>
    <message>
        <source>How closely to look</source>
        <translation>查看的细致程度</translation>
    </message>
    <message>
        <source>Points along each side</source>
        <translation>每边的点数</translation>
    </message>
    <message>
        <source>the whole image</source>
        <translation>整张图像</translation>
    </message>
    <message>
        <source>the whole image, and 4 parts of it</source>
        <translation>整张图像及其 4 个部分</translation>
    </message>
    <message>
        <source>the whole image, and 4 and 16 parts</source>
        <translation>整张图像及其 4 个和 16 个部分</translation>
    </message>
    <message>
        <source>Parts show small objects larger, and take longer</source>
        <translation>分部分查看能放大小对象，但更费时</translation>
    </message>
    <message>
        <source>everywhere</source>
        <translation>所有位置</translation>
    </message>
    <message>
        <source>not inside accepted objects</source>
        <translation>不在已接受的对象内</translation>
    </message>
    <message>
        <source>nor inside small masks that are sure</source>
        <translation>也不在已确定的小掩膜内</translation>
    </message>
    <message>
        <source>Ask</source>
        <translation>询问</translation>
    </message>
    <message>
        <source>What is passed over saves time; parts of it are not found</source>
        <translation>跳过的部分节省时间；但其中的细部不会被找到</translation>
    </message>
    <message>
        <source>Look at</source>
        <translation>查看</translation>
    </message>
</context>
<context>
    <name>Guide</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>a folder of images: Ctrl+O, or drop it on the window. Masks are saved beside the images as you go; there is nothing to remember.</source>
        <translation>图像文件夹：按 Ctrl+O，或拖到窗口上。掩膜随做随存在图像旁边，无需记着保存。</translation>
    </message>
    <message>
        <source>Point</source>
        <translation>指向</translation>
    </message>
    <message>
        <source>at an object: what a click would give shows under the mouse. Click. Three answers appear at the top right, from part to whole: 1, 2, 3 or Tab choose.</source>
        <translation>一个对象：鼠标下会显示单击将得到的结果。单击后，右上角出现从局部到整体的三个结果：用 1、2、3 或 Tab 选择。</translation>
    </message>
    <message>
        <source>Correct</source>
        <translation>修正</translation>
    </message>
    <message>
        <source>Left clicks add, right clicks take away, a drag makes a box. Marks can be moved, and deleted with X over them. Ctrl+Z takes back one click at a time.</source>
        <translation>左键添加，右键去除，拖动画框。标记可以移动，鼠标在标记上按 X 可删除。Ctrl+Z 逐次撤销点击。</translation>
    </message>
    <message>
        <source>Zoom in</source>
        <translation>放大</translation>
    </message>
    <message>
        <source>on small things with the wheel: the model looks closer, too, and finds them better. The status bar says “close-up” then.</source>
        <translation>用滚轮放大小物体：模型也会凑近看，找得更准。此时状态栏显示“特写”。</translation>
    </message>
    <message>
        <source>Finish the edge</source>
        <translation>修整边缘</translation>
    </message>
    <message>
        <source>where needed: B brush, E eraser, P polygon, [ and ] for the size. Q goes back to clicking.</source>
        <translation>需要时：B 画笔，E 橡皮，P 多边形，[ 和 ] 调大小。Q 回到点击。</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>with Enter or Space. The tool stays in hand and the label stays: go on with the next object. Esc drops the mask.</source>
        <translation>按 Enter 或空格。工具和标签保持不变，接着做下一个对象。Esc 放弃掩膜。</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>with 1 to 9 while no answers are open. New labels: Ctrl+N. The label “object” is enough where classes do not matter.</source>
        <translation>没有待选结果时按 1 到 9。新建标签：Ctrl+N。不区分类别时，用“object”一个标签就够了。</translation>
    </message>
    <message>
        <source>Correct later</source>
        <translation>以后修正</translation>
    </message>
    <message>
        <source>V selects an object, S goes on clicking where its mask stands, Del deletes it.</source>
        <translation>V 选择对象，S 从其现有掩膜继续点击，Del 删除。</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>D and A change the image, N says it is done, X skips it. The next image is being prepared meanwhile.</source>
        <translation>D 和 A 切换图像，N 表示完成，X 跳过。下一张图像同时在后台准备。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>with Ctrl+E: one COCO file with every mask, pixel for pixel.</source>
        <translation>按 Ctrl+E：所有掩膜写入一个 COCO 文件，逐像素一致。</translation>
    </message>
    <message>
        <source>Five-minute guide</source>
        <translation>五分钟指南</translation>
    </message>
    <message>
        <source>Labels image masks by clicking, with the Segment Anything Model.</source>
        <translation>用 Segment Anything 模型，点击即可标注图像掩膜。</translation>
    </message>
    <message>
        <source>Licence: Apache-2.0. Nothing you open leaves this computer.</source>
        <translation>许可证：Apache-2.0。您打开的内容不会离开这台计算机。</translation>
    </message>
    <message>
        <source>After: Kirillov et al., “Segment Anything”, 2023. Made with Qt, NumPy, PyTorch and ONNX Runtime.</source>
        <translation>基于 Kirillov 等，《Segment Anything》，2023。使用 Qt、NumPy、PyTorch 和 ONNX Runtime 制作。</translation>
    </message>
    <message>
        <source>About Maskwright</source>
        <translation>关于 Maskwright</translation>
    </message>
</context>
<context>
    <name>Hint</name>
    <message>
        <source>next image with proposals</source>
        <translation>下一张有候选的图像</translation>
    </message>
    <message>
        <source>leave the review</source>
        <translation>离开审核</translation>
    </message>
    <message>
        <source>take the last decision back</source>
        <translation>撤回最后的决定</translation>
    </message>
    <message>
        <source>keep old</source>
        <translation>保留旧的</translation>
    </message>
    <message>
        <source>compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>reject</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>«review-edit» or click</source>
        <translation>«review-edit» 或单击</translation>
    </message>
    <message>
        <source>edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>leave</source>
        <translation>离开</translation>
    </message>
    <message>
        <source>later, back</source>
        <translation>稍后，返回</translation>
    </message>
    <message>
        <source>add pixels</source>
        <translation>添加像素</translation>
    </message>
    <message>
        <source>take away pixels</source>
        <translation>去除像素</translation>
    </message>
    <message>
        <source>first choose the object to erase from</source>
        <translation>先选择要擦除的对象</translation>
    </message>
    <message>
        <source>Drag</source>
        <translation>拖动</translation>
    </message>
    <message>
        <source>straight from the last stroke</source>
        <translation>从上一笔画直线</translation>
    </message>
    <message>
        <source>Right drag</source>
        <translation>右键拖动</translation>
    </message>
    <message>
        <source>«brush-smaller»  «brush-larger» or Ctrl+wheel</source>
        <translation>«brush-smaller»  «brush-larger» 或 Ctrl+滚轮</translation>
    </message>
    <message>
        <source>size {0} px</source>
        <translation>大小 {0} 像素</translation>
    </message>
    <message>
        <source>Left click or drag</source>
        <translation>左键单击或拖动</translation>
    </message>
    <message>
        <source>outline to add</source>
        <translation>画要添加的轮廓</translation>
    </message>
    <message>
        <source>Right click</source>
        <translation>右键单击</translation>
    </message>
    <message>
        <source>outline to cut away</source>
        <translation>画要切除的轮廓</translation>
    </message>
    <message>
        <source>Click</source>
        <translation>单击</translation>
    </message>
    <message>
        <source>the object to edit</source>
        <translation>要编辑的对象</translation>
    </message>
    <message>
        <source>Drag a corner</source>
        <translation>拖动角点</translation>
    </message>
    <message>
        <source>Drag an edge</source>
        <translation>拖动边</translation>
    </message>
    <message>
        <source>new corner</source>
        <translation>新角点</translation>
    </message>
    <message>
        <source>«skip-next» or right click</source>
        <translation>«skip-next» 或右键单击</translation>
    </message>
    <message>
        <source>remove the corner</source>
        <translation>删除角点</translation>
    </message>
    <message>
        <source>The last three corners stay: Del deletes objects.</source>
        <translation>最后三个角点保留：Del 删除对象。</translation>
    </message>
    <message>
        <source>next corner</source>
        <translation>下一个角点</translation>
    </message>
    <message>
        <source>First corner or Enter</source>
        <translation>第一个角点或 Enter</translation>
    </message>
    <message>
        <source>close</source>
        <translation>闭合</translation>
    </message>
    <message>
        <source>last corner back</source>
        <translation>撤回上一角点</translation>
    </message>
    <message>
        <source>a line from edge to edge cuts</source>
        <translation>画一条从边到边的线来切开</translation>
    </message>
    <message>
        <source>Shift+drag</source>
        <translation>Shift+拖动</translation>
    </message>
    <message>
        <source>a straight one</source>
        <translation>直线</translation>
    </message>
    <message>
        <source>drop</source>
        <translation>放弃</translation>
    </message>
    <message>
        <source>A mask is begun: accept it with Enter before objects are cut.</source>
        <translation>有一个未完成的掩膜：切开对象前请先按 Enter 接受。</translation>
    </message>
    <message>
        <source>The line parts no object: draw it from edge to edge.</source>
        <translation>这条线没有切开任何对象：请从边画到边。</translation>
    </message>
    <message>
        <source>select an object</source>
        <translation>选择对象</translation>
    </message>
    <message>
        <source>Shift+click</source>
        <translation>Shift+单击</translation>
    </message>
    <message>
        <source>several</source>
        <translation>多选</translation>
    </message>
    <message>
        <source>all in a rectangle</source>
        <translation>矩形内的全部</translation>
    </message>
    <message>
        <source>Double click or S</source>
        <translation>双击或 S</translation>
    </message>
    <message>
        <source>correct it</source>
        <translation>修正</translation>
    </message>
    <message>
        <source>Drag or arrows</source>
        <translation>拖动或方向键</translation>
    </message>
    <message>
        <source>delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>select nothing</source>
        <translation>取消选择</translation>
    </message>
    <message>
        <source>Locked objects stay where they are.</source>
        <translation>锁定的对象不会移动。</translation>
    </message>
    <message>
        <source>Empty mask</source>
        <translation>空掩膜</translation>
    </message>
    <message>
        <source>click elsewhere, or «undo»</source>
        <translation>单击别处，或按 «undo»</translation>
    </message>
    <message>
        <source>Nothing changed here</source>
        <translation>此处没有变化</translation>
    </message>
    <message>
        <source>click beside it, or «tool-brush» to brush</source>
        <translation>点击旁边，或按 «tool-brush» 用画笔</translation>
    </message>
    <message>
        <source>whole answer</source>
        <translation>整个答案</translation>
    </message>
    <message>
        <source>move it</source>
        <translation>移动它</translation>
    </message>
    <message>
        <source>its menu</source>
        <translation>打开其菜单</translation>
    </message>
    <message>
        <source>Left click</source>
        <translation>左键单击</translation>
    </message>
    <message>
        <source>pick an object</source>
        <translation>选取对象</translation>
    </message>
    <message>
        <source>box around it</source>
        <translation>用框围住</translation>
    </message>
    <message>
        <source>what is not part of it</source>
        <translation>不属于对象之处</translation>
    </message>
    <message>
        <source>Wheel</source>
        <translation>滚轮</translation>
    </message>
    <message>
        <source>look closer</source>
        <translation>凑近细看</translation>
    </message>
    <message>
        <source>other answer</source>
        <translation>其他结果</translation>
    </message>
    <message>
        <source>add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>remove</source>
        <translation>去除</translation>
    </message>
    <message>
        <source>Enter, or a box elsewhere</source>
        <translation>Enter 或在别处画框</translation>
    </message>
    <message>
        <source>Left, right click</source>
        <translation>左键、右键单击</translation>
    </message>
    <message>
        <source>accept, reject</source>
        <translation>接受、拒绝</translation>
    </message>
    <message>
        <source>box what lacks</source>
        <translation>框出缺少的对象</translation>
    </message>
    <message>
        <source>selected only</source>
        <translation>只接受选中的</translation>
    </message>
    <message>
        <source>the rest</source>
        <translation>接受或拒绝其余</translation>
    </message>
    <message>
        <source>one by one</source>
        <translation>逐个审核</translation>
    </message>
    <message>
        <source>delete it</source>
        <translation>删除它</translation>
    </message>
    <message>
        <source>only around the click</source>
        <translation>只改点击处</translation>
    </message>
    <message>
        <source>«skip-next» over a mark</source>
        <translation>在标记上按 «skip-next»</translation>
    </message>
    <message>
        <source>Drag, or click two corners</source>
        <translation>拖动，或单击两个角</translation>
    </message>
    <message>
        <source>box</source>
        <translation>画框</translation>
    </message>
    <message>
        <source>remove a place</source>
        <translation>去除一处</translation>
    </message>
    <message>
        <source>the opposite corner</source>
        <translation>对角</translation>
    </message>
    <message>
        <source>flags</source>
        <translation>标志</translation>
    </message>
    <message>
        <source>next, previous object</source>
        <translation>下一个、上一个对象</translation>
    </message>
</context>
<context>
    <name>HintStrip</name>
    <message>
        <source>What the tool does</source>
        <translation>工具的用法</translation>
    </message>
</context>
<context>
    <name>ImageMenu</name>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>This image is done</source>
        <translation>此图像已完成</translation>
    </message>
    <message>
        <source>This image is skipped</source>
        <translation>此图像已跳过</translation>
    </message>
    <message>
        <source>Neither done nor skipped</source>
        <translation>既未完成也未跳过</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>复制名称</translation>
    </message>
    <message>
        <source>Copy path</source>
        <translation>复制路径</translation>
    </message>
    <message>
        <source>Show in file manager</source>
        <translation>在文件管理器中显示</translation>
    </message>
    <message>
        <source>Show its file of objects</source>
        <translation>显示其对象文件</translation>
    </message>
    <message>
        <source>Select all that are shown</source>
        <translation>全选列表中显示的图像</translation>
    </message>
    <message>
        <source>These %n images are done</source>
        <translation>将这 %n 张图像标为已完成</translation>
    </message>
    <message>
        <source>These %n images are skipped</source>
        <translation>将这 %n 张图像标为已跳过</translation>
    </message>
    <message>
        <source>Find in these %n images…</source>
        <translation>在这 %n 张图像中查找…</translation>
    </message>
    <message>
        <source>Copy %n names</source>
        <translation>复制 %n 个文件名</translation>
    </message>
    <message>
        <source>Copy %n paths</source>
        <translation>复制 %n 个路径</translation>
    </message>
    <message>
        <source>Take back the last mark of several images (%n)</source>
        <translation>撤回最近一次批量标记（%n 张）</translation>
    </message>
    <message>
        <source>Select none</source>
        <translation>取消选择</translation>
    </message>
</context>
<context>
    <name>ImportDialog</name>
    <message>
        <source>Import masks</source>
        <translation>导入掩膜</translation>
    </message>
    <message>
        <source>A file or folder of another program</source>
        <translation>其他程序的文件或文件夹</translation>
    </message>
    <message>
        <source>File or folder to import</source>
        <translation>要导入的文件或文件夹</translation>
    </message>
    <message>
        <source>File…</source>
        <translation>文件…</translation>
    </message>
    <message>
        <source>Folder…</source>
        <translation>文件夹…</translation>
    </message>
    <message>
        <source>Replace what the images have; locked objects stay</source>
        <translation>替换图像已有的内容；锁定的对象保留</translation>
    </message>
    <message>
        <source>Import</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Take the import back</source>
        <translation>撤回导入</translation>
    </message>
    <message>
        <source>Boxes to masks…</source>
        <translation>由框生成掩膜…</translation>
    </message>
    <message>
        <source>find out</source>
        <translation>自动识别</translation>
    </message>
    <message>
        <source>proposals, to be looked at</source>
        <translation>候选，待查看</translation>
    </message>
    <message>
        <source>accepted masks</source>
        <translation>已接受的掩膜</translation>
    </message>
    <message>
        <source>Image or record</source>
        <translation>图像或记录</translation>
    </message>
    <message>
        <source>What becomes of it</source>
        <translation>处理结果</translation>
    </message>
    <message>
        <source>Report</source>
        <translation>报告</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>As</source>
        <translation>作为</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>正在读取…</translation>
    </message>
    <message>
        <source>Import a file</source>
        <translation>导入文件</translation>
    </message>
    <message>
        <source>Annotations</source>
        <translation>标注</translation>
    </message>
    <message>
        <source>Import a folder</source>
        <translation>导入文件夹</translation>
    </message>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n 个掩膜</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>{0}: {1} on {2}.</source>
        <translation>{0}：{2}上有{1}。</translation>
    </message>
    <message numerus="yes">
        <source>%n box(es) or points without a mask.</source>
        <translation>
            <numerusform>%n 个框或点没有掩膜。</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} already there, just so.</source>
        <translation>{0} 个已完全相同地存在。</translation>
    </message>
    <message>
        <source>{0} of them will be accepted.</source>
        <translation>其中 {0} 个将被接受。</translation>
    </message>
    <message>
        <source>New labels: {0}.</source>
        <translation>新标签：{0}。</translation>
    </message>
    <message>
        <source>{0} left out or altered.</source>
        <translation>略去或改动 {0} 条。</translation>
    </message>
    <message>
        <source>Will be removed: {0}, on {1}.</source>
        <translation>将移除：{0}，涉及 {1}。</translation>
    </message>
    <message>
        <source>Left out or altered</source>
        <translation>略去或改动</translation>
    </message>
    <message>
        <source>Taken over</source>
        <translation>已采用</translation>
    </message>
    <message numerus="yes">
        <source>%n without a mask</source>
        <translation>
            <numerusform>%n 个没有掩膜</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} already there</source>
        <translation>{0} 个已存在</translation>
    </message>
    <message>
        <source>removed: {0}</source>
        <translation>移除：{0}</translation>
    </message>
    <message>
        <source>found by its base name</source>
        <translation>按文件基本名找到</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) changed.</source>
        <translation>
            <numerusform>已更改 %n 张图像。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) were edited meanwhile and stay.</source>
        <translation>
            <numerusform>%n 张图像在此期间被编辑，保持不变。</numerusform>
        </translation>
    </message>
    <message>
        <source>Removed: {0}.</source>
        <translation>已移除：{0}。</translation>
    </message>
    <message>
        <source>«review» looks at the proposals.</source>
        <translation>按 «review» 查看候选。</translation>
    </message>
</context>
<context>
    <name>Keys</name>
    <message>
        <source>“{0}”</source>
        <translation>“{0}”</translation>
    </message>
</context>
<context>
    <name>LabelFinder</name>
    <message>
        <source>Label by name</source>
        <translation>按名称选标签</translation>
    </message>
    <message>
        <source>Some of the label&apos;s name</source>
        <translation>输入标签名称的一部分</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Find more of it (Shift+Enter)</source>
        <translation>查找更多此类对象（Shift+Enter）</translation>
    </message>
    <message>
        <source>New label: {0}</source>
        <translation>新标签：{0}</translation>
    </message>
</context>
<context>
    <name>LabelModel</name>
    <message>
        <source>New objects get “{0}”.</source>
        <translation>新对象使用“{0}”。</translation>
    </message>
    <message numerus="yes">
        <source>%n label(s) folded in</source>
        <translation>
            <numerusform>已折叠 %n 个标签</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>LabelPanel</name>
    <message>
        <source>Enter adds the label, Esc leaves the field</source>
        <translation>按 Enter 添加标签，按 Esc 离开输入框</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>New label</source>
        <translation>新标签</translation>
    </message>
    <message>
        <source>Name of a new label</source>
        <translation>新标签的名称</translation>
    </message>
    <message>
        <source>Add the label  («add-label»)</source>
        <translation>添加标签  («add-label»)</translation>
    </message>
    <message>
        <source>Add the label</source>
        <translation>添加标签</translation>
    </message>
    <message>
        <source>Fold all</source>
        <translation>全部折叠</translation>
    </message>
    <message>
        <source>Unfold all</source>
        <translation>全部展开</translation>
    </message>
    <message>
        <source>Give to selected objects</source>
        <translation>赋给所选对象</translation>
    </message>
    <message>
        <source>Up  (Alt+Up)</source>
        <translation>上移  (Alt+上)</translation>
    </message>
    <message>
        <source>Down  (Alt+Down)</source>
        <translation>下移  (Alt+下)</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Colour…</source>
        <translation>颜色…</translation>
    </message>
    <message>
        <source>Description and attributes…</source>
        <translation>说明与属性…</translation>
    </message>
    <message>
        <source>Find more of it…</source>
        <translation>查找更多此类对象…</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Letter</source>
        <translation>字母</translation>
    </message>
    <message>
        <source>After T</source>
        <translation>T 之后</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Merge into another label…</source>
        <translation>合并到另一个标签…</translation>
    </message>
    <message>
        <source>Remove…</source>
        <translation>移除…</translation>
    </message>
</context>
<context>
    <name>Labels</name>
    <message>
        <source>Up</source>
        <translation>上移</translation>
    </message>
    <message>
        <source>Down</source>
        <translation>下移</translation>
    </message>
    <message>
        <source>Colour of the label</source>
        <translation>标签颜色</translation>
    </message>
</context>
<context>
    <name>LabelsDialog</name>
    <message>
        <source>Labels and attributes</source>
        <translation>标签与属性</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Change…</source>
        <translation>更改…</translation>
    </message>
    <message>
        <source>Load a set…</source>
        <translation>加载标签集…</translation>
    </message>
    <message>
        <source>Save as a set…</source>
        <translation>保存为标签集…</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Colour</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Key</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Description</source>
        <translation>说明</translation>
    </message>
    <message>
        <source>Add a label</source>
        <translation>添加标签</translation>
    </message>
    <message>
        <source>Take this label from the list; objects that have it keep it</source>
        <translation>从列表中移除此标签；已有此标签的对象保留它</translation>
    </message>
    <message>
        <source>Objects of all labels are described by</source>
        <translation>所有标签的对象都有以下属性</translation>
    </message>
    <message>
        <source>Objects of this label are described by</source>
        <translation>此标签的对象有以下属性</translation>
    </message>
    <message>
        <source>All labels</source>
        <translation>所有标签</translation>
    </message>
    <message>
        <source>Objects of this label are described, beside {0} as all are, by</source>
        <translation>除所有标签共有的 {0} 外，此标签的对象还有以下属性</translation>
    </message>
    <message>
        <source>label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Objects of this image have “{0}”: give them another label first, or remove it in the list of labels, where it is asked what they get.</source>
        <translation>此图像的对象使用“{0}”：请先给它们另一个标签，或在标签列表中移除它，那里会询问这些对象改用什么标签。</translation>
    </message>
    <message>
        <source>“{0}” had this key, and has none now.</source>
        <translation>“{0}”原来用此按键，现在没有按键了。</translation>
    </message>
    <message>
        <source>Load a set of labels</source>
        <translation>加载标签集</translation>
    </message>
    <message>
        <source>Sets of labels</source>
        <translation>标签集</translation>
    </message>
    <message>
        <source>OK takes the set over; undo takes it back.</source>
        <translation>按“确定”采用此标签集；可以撤销。</translation>
    </message>
    <message>
        <source>Save the labels as a set</source>
        <translation>将标签保存为标签集</translation>
    </message>
    <message>
        <source>Saved to {0}.</source>
        <translation>已保存到 {0}。</translation>
    </message>
</context>
<context>
    <name>Language</name>
    <message>
        <source>en</source>
        <translation>zh_CN</translation>
    </message>
</context>
<context>
    <name>LargeImageQuestion</name>
    <message>
        <source>A very large image</source>
        <translation>非常大的图像</translation>
    </message>
    <message>
        <source>Open it</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Always open such images</source>
        <translation>总是打开这样的图像</translation>
    </message>
    <message>
        <source>Do not open it</source>
        <translation>不打开</translation>
    </message>
    <message>
        <source>Opening it takes about {0} MB of memory.</source>
        <translation>打开它大约需要 {0} MB 内存。</translation>
    </message>
    <message>
        <source>{0} MB are free now.</source>
        <translation>目前可用 {0} MB。</translation>
    </message>
</context>
<context>
    <name>LessonLeft</name>
    <message>
        <source>A model is learning</source>
        <translation>模型正在学习</translation>
    </message>
    <message>
        <source>A model is still learning on the masks of this folder.</source>
        <translation>模型仍在从此文件夹的掩膜学习。</translation>
    </message>
    <message>
        <source>It can go on after the window is closed; what it has learned is kept in either case.</source>
        <translation>关闭窗口后它可以继续；无论如何，已学到的都会保留。</translation>
    </message>
    <message>
        <source>Go on in the background</source>
        <translation>在后台继续</translation>
    </message>
    <message>
        <source>Stop, and keep what it learned</source>
        <translation>停止，并保留已学到的</translation>
    </message>
    <message>
        <source>Stay</source>
        <translation>留下</translation>
    </message>
</context>
<context>
    <name>LineField</name>
    <message>
        <source>several</source>
        <translation>多个值</translation>
    </message>
</context>
<context>
    <name>ListChoices</name>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Date of the file, oldest first</source>
        <translation>文件日期，最早在前</translation>
    </message>
    <message>
        <source>State, in progress first</source>
        <translation>状态，进行中在前</translation>
    </message>
    <message>
        <source>Least certain mask first</source>
        <translation>最不确定的掩膜在前</translation>
    </message>
    <message>
        <source>By name</source>
        <translation>按名称</translation>
    </message>
    <message>
        <source>By date</source>
        <translation>按日期</translation>
    </message>
    <message>
        <source>By state</source>
        <translation>按状态</translation>
    </message>
    <message>
        <source>By certainty</source>
        <translation>按确定程度</translation>
    </message>
    <message>
        <source>Occluded</source>
        <translation>被遮挡</translation>
    </message>
    <message>
        <source>Truncated</source>
        <translation>被截断</translation>
    </message>
    <message>
        <source>Difficult</source>
        <translation>难辨</translation>
    </message>
    <message>
        <source>Crowd</source>
        <translation>群体</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
    <message>
        <source>How the images are sorted; remembered for each folder</source>
        <translation>图像的排序方式；按文件夹记住</translation>
    </message>
    <message>
        <source>Sorted: {0}</source>
        <translation>排序：{0}</translation>
    </message>
    <message>
        <source>All objects</source>
        <translation>全部对象</translation>
    </message>
    <message>
        <source>Only images with: {0}</source>
        <translation>只显示含有以下内容的图像：{0}</translation>
    </message>
    <message>
        <source>Only images with certain labels or attributes</source>
        <translation>只显示含有特定标签或属性的图像</translation>
    </message>
    <message>
        <source>The other way round</source>
        <translation>反向</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Attribute</source>
        <translation>属性</translation>
    </message>
    <message>
        <source>any value</source>
        <translation>任意值</translation>
    </message>
</context>
<context>
    <name>LoadLabels</name>
    <message>
        <source>Load a set of labels</source>
        <translation>加载标签集</translation>
    </message>
    <message>
        <source>Add its labels, and keep the others</source>
        <translation>加入其标签，保留其他标签</translation>
    </message>
    <message>
        <source>Have its labels alone, in its order</source>
        <translation>只用其标签，按其顺序</translation>
    </message>
    <message numerus="yes">
        <source>{0} holds %n label(s).</source>
        <translation>
            <numerusform>{0} 含有 %n 个标签。</numerusform>
        </translation>
    </message>
    <message>
        <source>New: {0}.</source>
        <translation>新增：{0}。</translation>
    </message>
    <message>
        <source>Colour, key, description or attributes change: {0}.</source>
        <translation>颜色、按键、说明或属性将更改：{0}。</translation>
    </message>
    <message>
        <source>Taken from the list: {0}.</source>
        <translation>从列表中移除：{0}。</translation>
    </message>
    <message>
        <source>Lose their key: {0}.</source>
        <translation>失去按键：{0}。</translation>
    </message>
    <message>
        <source>Those that objects have come back when an image with them is opened.</source>
        <translation>仍有对象使用的标签，会在打开含有它们的图像时重新出现。</translation>
    </message>
    <message>
        <source>Stay, for objects of this image have them: {0}.</source>
        <translation>保留，因为此图像的对象在使用：{0}。</translation>
    </message>
    <message>
        <source>Nothing changes.</source>
        <translation>没有变化。</translation>
    </message>
</context>
<context>
    <name>MergeDialog</name>
    <message>
        <source>Merge labels</source>
        <translation>合并标签</translation>
    </message>
    <message>
        <source>Remove label</source>
        <translation>移除标签</translation>
    </message>
    <message>
        <source>Merge</source>
        <translation>合并</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Objects with the label</source>
        <translation>带有此标签的对象</translation>
    </message>
    <message>
        <source>get the label</source>
        <translation>改用标签</translation>
    </message>
    <message>
        <source>none: they are deleted</source>
        <translation>无：对象将被删除</translation>
    </message>
    <message>
        <source>Counting the objects…</source>
        <translation>正在统计对象…</translation>
    </message>
</context>
<context>
    <name>MergeFacts</name>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n 个对象</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} on {1} in this folder will be deleted.</source>
        <translation>此文件夹中 {1} 上的 {0} 将被删除。</translation>
    </message>
    <message>
        <source>{0} on {1} in this folder will get the label “{2}”.</source>
        <translation>本文件夹中{1}上的{0}将改用标签“{2}”。</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) cannot be changed, so the label “{0}” stays.</source>
        <translation>
            <numerusform>%n 张图像无法更改，因此保留标签“{0}”。</numerusform>
        </translation>
    </message>
    <message>
        <source>The label “{0}” goes.</source>
        <translation>标签“{0}”将被移除。</translation>
    </message>
    <message>
        <source>Undo takes all of it back.</source>
        <translation>“撤销”可全部还原。</translation>
    </message>
</context>
<context>
    <name>ModelDialog</name>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Use this model</source>
        <translation>使用此模型</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>下载</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Use a file…</source>
        <translation>使用文件…</translation>
    </message>
    <message>
        <source>Use a folder…</source>
        <translation>使用文件夹…</translation>
    </message>
    <message>
        <source>Of transformers, or with an encoder and a decoder in ONNX</source>
        <translation>transformers 格式的文件夹，或含有 ONNX 编码器与解码器的文件夹</translation>
    </message>
    <message>
        <source>Remove from the list</source>
        <translation>从列表中移除</translation>
    </message>
    <message>
        <source>The file itself stays where it is</source>
        <translation>文件本身保持不动</translation>
    </message>
    <message>
        <source>fastest that works</source>
        <translation>可用的最快项</translation>
    </message>
    <message>
        <source>Device</source>
        <translation>设备</translation>
    </message>
    <message>
        <source>Runtime</source>
        <translation>运行时</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>Loading {0}…</source>
        <translation>正在加载 {0}…</translation>
    </message>
    <message>
        <source>{0} could not be loaded.</source>
        <translation>无法加载 {0}。</translation>
    </message>
    <message>
        <source>{0} runs with {1} on {2}, {3}.</source>
        <translation>{0} 使用 {1} 在 {2} 上运行，精度 {3}。</translation>
    </message>
    <message>
        <source>Image prepared in {0} ms</source>
        <translation>图像准备用时 {0} 毫秒</translation>
    </message>
    <message>
        <source>Image prepared earlier, taken from the cache</source>
        <translation>图像此前已准备好，取自缓存</translation>
    </message>
    <message>
        <source>click answered in {0} ms</source>
        <translation>点击响应用时 {0} 毫秒</translation>
    </message>
    <message>
        <source>{0} stays loaded: you are back to it at once.</source>
        <translation>{0} 仍在内存中：可立即切换回去。</translation>
    </message>
    <message>
        <source>{0} had to make room in memory: going back loads it again.</source>
        <translation>因内存不足，{0} 已卸载：切换回去时会重新加载。</translation>
    </message>
    <message>
        <source>Use a folder</source>
        <translation>使用文件夹</translation>
    </message>
    <message>
        <source>Use a file</source>
        <translation>使用文件</translation>
    </message>
</context>
<context>
    <name>ModelTable</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>Speed here</source>
        <translation>本机速度</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Small and fast; comes with the program.</source>
        <translation>小而快；随程序提供。</translation>
    </message>
    <message>
        <source>no longer in {0}</source>
        <translation>已不在 {0} 中</translation>
    </message>
    <message>
        <source>recommended</source>
        <translation>推荐</translation>
    </message>
    <message>
        <source>image {0}</source>
        <translation>图像 {0}</translation>
    </message>
    <message>
        <source>click {0}</source>
        <translation>点击 {0}</translation>
    </message>
    <message>
        <source>Measured in your work: {0}, {1}, {2}</source>
        <translation>在您的工作中测得：{0}，{1}，{2}</translation>
    </message>
    <message>
        <source>gone</source>
        <translation>已不在</translation>
    </message>
    <message>
        <source>to be downloaded</source>
        <translation>需下载</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>loaded</source>
        <translation>已载入</translation>
    </message>
    <message>
        <source>downloaded</source>
        <translation>已下载</translation>
    </message>
    <message>
        <source>here</source>
        <translation>在本机</translation>
    </message>
    <message>
        <source>needs PyTorch</source>
        <translation>需要 PyTorch</translation>
    </message>
    <message>
        <source>It needs PyTorch, which is not installed: start once with run.py --with-torch.</source>
        <translation>它需要 PyTorch，但尚未安装：请用 run.py --with-torch 启动一次。</translation>
    </message>
    <message>
        <source>Licence: {0}.</source>
        <translation>许可证：{0}。</translation>
    </message>
    <message>
        <source>Fetches {0} from {1}.</source>
        <translation>从 {1} 下载 {0}。</translation>
    </message>
    <message>
        <source>{0} are free on the disk.</source>
        <translation>磁盘剩余 {0}。</translation>
    </message>
    <message>
        <source>Only {0} are free on the disk: make room first.</source>
        <translation>磁盘只剩 {0}：请先腾出空间。</translation>
    </message>
    <message>
        <source>In use it takes about {0} of memory.</source>
        <translation>使用时约需 {0} 内存。</translation>
    </message>
    <message>
        <source>{0} tells no SHA-256 of it: that of the first download is shown and kept for later ones.</source>
        <translation>{0} 未公布其 SHA-256：首次下载所得的会显示并记住，供以后比对。</translation>
    </message>
    <message>
        <source>SHA-256 of the first download: {0}.</source>
        <translation>首次下载的 SHA-256：{0}。</translation>
    </message>
    <message>
        <source>Mirrors have the same file; {0} tells no SHA-256 of it.</source>
        <translation>镜像站上的文件与之相同；{0} 未公布其 SHA-256。</translation>
    </message>
    <message>
        <source>Mirrors have another file, with {0}.</source>
        <translation>镜像站上的文件不同，其值为 {0}。</translation>
    </message>
</context>
<context>
    <name>ObjectCommands</name>
    <message>
        <source>Select at least two objects that are not locked.</source>
        <translation>请至少选择两个未锁定的对象。</translation>
    </message>
    <message numerus="yes">
        <source>%n objects are one now, with the label {0} of the first.</source>
        <translation>
            <numerusform>%n 个对象已合为一个，标签是第一个的 {0}。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n more object(s) came of the parts.</source>
        <translation>
            <numerusform>各部分又成为 %n 个对象。</numerusform>
        </translation>
    </message>
    <message>
        <source>No selected object has several parts.</source>
        <translation>所选对象都只有一个部分。</translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) duplicated: drag them, or move them by the arrow keys.</source>
        <translation>
            <numerusform>已复制 %n 个对象：拖动，或用方向键移动。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n object(s) changed.</source>
        <translation>
            <numerusform>%n 个对象已改变。</numerusform>
        </translation>
    </message>
    <message>
        <source>There was nothing to change.</source>
        <translation>没有需要改变的。</translation>
    </message>
</context>
<context>
    <name>ObjectMenu</name>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
</context>
<context>
    <name>ObjectModel</name>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Area</source>
        <translation>面积</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>分数</translation>
    </message>
    <message>
        <source>Click to hide or show («hide»)</source>
        <translation>单击以隐藏或显示 («hide»)</translation>
    </message>
    <message>
        <source>Click to lock or unlock («lock»)</source>
        <translation>单击以锁定或解锁 («lock»)</translation>
    </message>
    <message>
        <source>Overlap (IoU) that the model expected</source>
        <translation>模型预计的重合度 (IoU)</translation>
    </message>
    <message>
        <source>{0} pixels</source>
        <translation>{0} 像素</translation>
    </message>
    <message>
        <source>expected IoU {0}</source>
        <translation>预计 IoU {0}</translation>
    </message>
</context>
<context>
    <name>ObjectPanel</name>
    <message>
        <source>Search: car, colour:red, occluded, -note:</source>
        <translation>搜索：car、colour:red、occluded、-note:</translation>
    </message>
    <message>
        <source>Search for objects</source>
        <translation>搜索对象</translation>
    </message>
    <message>
        <source>Words of the label, the note or a value; vehicle/ for labels below it; colour:red, seats&gt;4, group:3, #12; - before a word for what must not hold.
Enter selects what is found, Esc shows all again.</source>
        <translation>标签、备注或值中的文字；vehicle/ 表示其下的标签；colour:red、seats&gt;4、group:3、#12；前面加 - 表示不得符合。
按 Enter 选中找到的对象，按 Esc 重新显示全部。</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>对象</translation>
    </message>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n 个对象</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposed</source>
        <translation>
            <numerusform>候选 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rejected</source>
        <translation>
            <numerusform>已拒绝 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>Accepted masks are listed here</source>
        <translation>已接受的掩膜列在这里</translation>
    </message>
    <message numerus="yes">
        <source>%n selected</source>
        <translation>
            <numerusform>已选 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n found</source>
        <translation>
            <numerusform>找到 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>no attribute is called “{0}”</source>
        <translation>没有名为“{0}”的属性</translation>
    </message>
    <message numerus="yes">
        <source>%n hidden</source>
        <translation>
            <numerusform>隐藏 %n 个</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Objects</name>
    <message>
        <source>made by hand</source>
        <translation>手工绘制</translation>
    </message>
    <message>
        <source>made with the model</source>
        <translation>借助模型</translation>
    </message>
    <message>
        <source>proposed automatically</source>
        <translation>自动提出</translation>
    </message>
    <message>
        <source>imported</source>
        <translation>导入</translation>
    </message>
    <message>
        <source>Occluded</source>
        <translation>被遮挡</translation>
    </message>
    <message>
        <source>Truncated</source>
        <translation>被截断</translation>
    </message>
    <message>
        <source>Difficult</source>
        <translation>难辨</translation>
    </message>
    <message>
        <source>Crowd</source>
        <translation>群体</translation>
    </message>
</context>
<context>
    <name>OptionsBar</name>
    <message>
        <source>Label of new objects</source>
        <translation>新对象的标签</translation>
    </message>
    <message>
        <source>Label of new objects  (1 … 9)</source>
        <translation>新对象的标签  (1 … 9)</translation>
    </message>
    <message>
        <source>Where masks overlap</source>
        <translation>掩膜重叠处</translation>
    </message>
    <message>
        <source>What happens where a new mask covers other objects</source>
        <translation>新掩膜覆盖其他对象时如何处理</translation>
    </message>
    <message>
        <source>Overlap allowed</source>
        <translation>允许重叠</translation>
    </message>
    <message>
        <source>Newest wins</source>
        <translation>新者优先</translation>
    </message>
    <message>
        <source>Protect existing</source>
        <translation>保护已有</translation>
    </message>
    <message>
        <source> px</source>
        <translation> 像素</translation>
    </message>
    <message>
        <source>Brush size</source>
        <translation>画笔大小</translation>
    </message>
    <message>
        <source>Brush size in image pixels  ([ and ])</source>
        <translation>画笔大小（图像像素）  ([ 和 ])</translation>
    </message>
    <message>
        <source>Opacity of masks</source>
        <translation>掩膜不透明度</translation>
    </message>
    <message>
        <source>Opacity of masks  (, and .)</source>
        <translation>掩膜不透明度  (, 和 .)</translation>
    </message>
    <message>
        <source>Where masks overlap: {0}</source>
        <translation>掩膜重叠处：{0}</translation>
    </message>
</context>
<context>
    <name>OutcomeWords</name>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n 个掩膜</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} proposed on {1}.</source>
        <translation>{1} 上提出 {0}。</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) had nothing to add.</source>
        <translation>
            <numerusform>%n 张图像没有可添加的。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>以及另外 %n 个</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>OutputFolderDialog</name>
    <message>
        <source>Output folder</source>
        <translation>输出文件夹</translation>
    </message>
    <message>
        <source>Beside the images</source>
        <translation>与图像放在一起</translation>
    </message>
    <message>
        <source>In this folder, as the images lie in theirs:</source>
        <translation>放在此文件夹，目录结构与图像相同：</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Objects and labels of {0} are kept:</source>
        <translation>{0} 的对象和标签保存在：</translation>
    </message>
    <message>
        <source>Nothing is moved. What lies beside the images is read as long as the output folder has nothing for an image.</source>
        <translation>不会移动任何文件。只要输出文件夹中没有某张图像的文件，就读取图像旁边的文件。</translation>
    </message>
    <message>
        <source>Not everything is saved yet. Try again in a moment.</source>
        <translation>尚未全部保存。请稍后再试。</translation>
    </message>
</context>
<context>
    <name>Pictures</name>
    <message>
        <source>New</source>
        <translation>新</translation>
    </message>
    <message>
        <source>Old</source>
        <translation>旧</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差异</translation>
    </message>
</context>
<context>
    <name>ProblemDialog</name>
    <message>
        <source>A problem</source>
        <translation>出现问题</translation>
    </message>
    <message>
        <source>Not everything is saved</source>
        <translation>尚未全部保存</translation>
    </message>
    <message>
        <source>These could not be saved in their folder:</source>
        <translation>以下内容未能保存到其文件夹：</translation>
    </message>
    <message>
        <source>Copies were put here, and can be restored later:</source>
        <translation>副本已放在此处，以后可以恢复：</translation>
    </message>
    <message>
        <source>Stay and try again</source>
        <translation>留下并重试</translation>
    </message>
    <message>
        <source>Close anyway</source>
        <translation>仍然关闭</translation>
    </message>
</context>
<context>
    <name>ProposeDialog</name>
    <message>
        <source>Propose masks</source>
        <translation>提出候选掩膜</translation>
    </message>
    <message>
        <source>Find</source>
        <translation>查找</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>This image</source>
        <translation>此图像</translation>
    </message>
    <message>
        <source>A part of it that you draw</source>
        <translation>您画出的一部分</translation>
    </message>
    <message numerus="yes">
        <source>Every image of the list (%n) that has none yet</source>
        <translation>
            <numerusform>列表（%n 张图像）中尚无候选的每张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>Drag a rectangle on the image.</source>
        <translation>在图像上拖出一个矩形。</translation>
    </message>
    <message>
        <source>{0} x {1} pixels are looked at.</source>
        <translation>查看范围为 {0} x {1} 像素。</translation>
    </message>
    <message>
        <source>Looking for objects…</source>
        <translation>正在查找对象…</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) done</source>
        <translation>
            <numerusform>已完成 %n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>Stopped.</source>
        <translation>已停止。</translation>
    </message>
    <message>
        <source>Preparing the preview…</source>
        <translation>正在准备预览…</translation>
    </message>
    <message>
        <source>{0} of {1} candidates are good enough.</source>
        <translation>{1} 个候选中有 {0} 个足够好。</translation>
    </message>
    <message>
        <source>Move the sliders to the left to see more.</source>
        <translation>向左移动滑块可看到更多。</translation>
    </message>
    <message>
        <source>Adding the proposals…</source>
        <translation>正在添加候选…</translation>
    </message>
    <message numerus="yes">
        <source>%n much like others left out.</source>
        <translation>
            <numerusform>%n 个与其他掩膜几乎相同，已略去。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) added; «review» looks at them.</source>
        <translation>
            <numerusform>已添加 %n 个候选；按 «review» 查看。</numerusform>
        </translation>
    </message>
    <message>
        <source>Find and add</source>
        <translation>查找并添加</translation>
    </message>
    <message numerus="yes">
        <source>Add %n as proposals</source>
        <translation>
            <numerusform>添加 %n 个作为候选</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Range</name>
    <message>
        <source>at least</source>
        <translation>至少</translation>
    </message>
    <message>
        <source>at most</source>
        <translation>至多</translation>
    </message>
    <message>
        <source>any</source>
        <translation>任意</translation>
    </message>
</context>
<context>
    <name>Readiness</name>
    <message>
        <source>The model is at other work: wait for it, or stop it.</source>
        <translation>模型正在做其他工作：请等待，或将其停止。</translation>
    </message>
    <message>
        <source>No model is loaded: choose one in the menu Model.</source>
        <translation>没有加载模型：请在“模型”菜单中选择一个。</translation>
    </message>
    <message>
        <source>Open an image first.</source>
        <translation>请先打开一张图像。</translation>
    </message>
    <message>
        <source>The model is being loaded; the search begins by itself after that.</source>
        <translation>正在加载模型；加载后会自动开始查找。</translation>
    </message>
    <message>
        <source>The image is being read; the search begins by itself after that.</source>
        <translation>正在读取图像；读取后会自动开始查找。</translation>
    </message>
</context>
<context>
    <name>RecoverDialog</name>
    <message>
        <source>Work that could not be saved</source>
        <translation>未能保存的工作</translation>
    </message>
    <message>
        <source>Put back</source>
        <translation>放回</translation>
    </message>
    <message>
        <source>Delete the copy</source>
        <translation>删除副本</translation>
    </message>
    <message>
        <source>These were kept when their folder refused them. Put back, they go where they belong, or beside the file that was changed there since.</source>
        <translation>文件夹拒绝写入时保留了这些内容。放回后会回到原处；如果那里的文件后来被更改，则放在它旁边。</translation>
    </message>
    <message numerus="yes">
        <source>%n object(s)</source>
        <translation>
            <numerusform>%n 个对象</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ReportDialog</name>
    <message>
        <source>Save as page…</source>
        <translation>另存为网页…</translation>
    </message>
    <message>
        <source>Save as table…</source>
        <translation>另存为表格…</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Written: {0}</source>
        <translation>已写入：{0}</translation>
    </message>
</context>
<context>
    <name>Review</name>
    <message>
        <source>surest first</source>
        <translation>最有把握的在前</translation>
    </message>
    <message>
        <source>most doubtful first</source>
        <translation>最存疑的在前</translation>
    </message>
    <message>
        <source>most stable first</source>
        <translation>最稳定的在前</translation>
    </message>
    <message>
        <source>largest first</source>
        <translation>最大的在前</translation>
    </message>
    <message>
        <source>most unlike the old one first</source>
        <translation>与旧掩膜差异最大的在前</translation>
    </message>
    <message>
        <source>most like the examples first</source>
        <translation>最像示例的在前</translation>
    </message>
</context>
<context>
    <name>ReviewBar</name>
    <message>
        <source>Decided on this image</source>
        <translation>此图像已决定</translation>
    </message>
    <message>
        <source>Decided on this image; left in the whole folder; decisions of five minutes</source>
        <translation>本图像已决定；整个文件夹剩余；最近五分钟的决定</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Reject</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Accept the rest</source>
        <translation>接受其余</translation>
    </message>
    <message>
        <source>Accept selected only</source>
        <translation>只接受所选</translation>
    </message>
    <message>
        <source>Reject the rest</source>
        <translation>拒绝其余</translation>
    </message>
    <message>
        <source>Whole image</source>
        <translation>整图</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Leave</source>
        <translation>离开</translation>
    </message>
    <message>
        <source>All reviewed</source>
        <translation>全部已审核</translation>
    </message>
    <message>
        <source>Nothing proposed here</source>
        <translation>此处没有候选</translation>
    </message>
    <message>
        <source>{0} of {1} decided here</source>
        <translation>此处已决定 {0}/{1}</translation>
    </message>
    <message numerus="yes">
        <source>%n left</source>
        <translation>
            <numerusform>剩余 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>in %n image(s)</source>
        <translation>
            <numerusform>在 %n 张图像中</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} per minute</source>
        <translation>每分钟 {0} 个</translation>
    </message>
</context>
<context>
    <name>ReviewPanel</name>
    <message>
        <source>Review</source>
        <translation>审核</translation>
    </message>
    <message>
        <source>Label</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>分数</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Source</source>
        <translation>来源</translation>
    </message>
    <message>
        <source>{0} pixels</source>
        <translation>{0} 像素</translation>
    </message>
    <message>
        <source>expected IoU {0}</source>
        <translation>预计 IoU {0}</translation>
    </message>
    <message>
        <source>stability {0}</source>
        <translation>稳定度 {0}</translation>
    </message>
    <message>
        <source>found with {0}</source>
        <translation>查找得分 {0}</translation>
    </message>
    <message>
        <source>IoU with the old one {0}</source>
        <translation>与旧掩膜的 IoU {0}</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
</context>
<context>
    <name>Reviewing</name>
    <message>
        <source>Every proposal that you asked for is decided.</source>
        <translation>您要求的候选都已决定。</translation>
    </message>
    <message>
        <source>«review-undo» takes the last decision back, Esc leaves the review.</source>
        <translation>«review-undo» 撤回最后的决定，Esc 离开审核。</translation>
    </message>
</context>
<context>
    <name>SegmentAnew</name>
    <message>
        <source>the best there is: mask, box or points</source>
        <translation>现有最好的：掩膜、框或点</translation>
    </message>
    <message>
        <source>its mask, with the box around it</source>
        <translation>它的掩膜及外框</translation>
    </message>
    <message>
        <source>its box alone</source>
        <translation>仅用它的框</translation>
    </message>
    <message>
        <source>its points, or the middle of its mask</source>
        <translation>它的点，或掩膜的中心</translation>
    </message>
</context>
<context>
    <name>SegmentAnewDialog</name>
    <message>
        <source>Segment anew</source>
        <translation>重新分割</translation>
    </message>
    <message>
        <source>imported objects that nobody has corrected</source>
        <translation>尚无人修正的导入对象</translation>
    </message>
    <message>
        <source>all objects</source>
        <translation>所有对象</translation>
    </message>
    <message>
        <source>Boxes of old annotations are often too tight</source>
        <translation>旧标注的框往往过紧</translation>
    </message>
    <message>
        <source>Segment</source>
        <translation>分割</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Which objects</source>
        <translation>哪些对象</translation>
    </message>
    <message>
        <source>What the model is shown</source>
        <translation>提供给模型的内容</translation>
    </message>
    <message>
        <source>Those selected</source>
        <translation>所选对象</translation>
    </message>
    <message>
        <source>On this image, and boxes that wait for a mask</source>
        <translation>此图像上的对象，以及等待掩膜的框</translation>
    </message>
    <message numerus="yes">
        <source>On every image of the list (%n)</source>
        <translation>
            <numerusform>列表中的所有图像（%n 张）</numerusform>
        </translation>
    </message>
    <message>
        <source>How</source>
        <translation>方式</translation>
    </message>
    <message>
        <source>Ask the model with</source>
        <translation>给模型的提示</translation>
    </message>
    <message>
        <source>Make boxes larger by</source>
        <translation>框扩大</translation>
    </message>
    <message>
        <source>Each new mask waits to be looked at; the old one stays until then. «review» begins.</source>
        <translation>每个新掩膜都等待查看，在此之前旧的保留。按 «review» 开始。</translation>
    </message>
</context>
<context>
    <name>Session</name>
    <message>
        <source>Rename label</source>
        <translation>重命名标签</translation>
    </message>
    <message>
        <source>Change label colour</source>
        <translation>更改标签颜色</translation>
    </message>
    <message>
        <source>Change label key</source>
        <translation>更改标签按键</translation>
    </message>
    <message>
        <source>Move label</source>
        <translation>移动标签</translation>
    </message>
    <message>
        <source>Remove label</source>
        <translation>移除标签</translation>
    </message>
    <message>
        <source>Accept proposal</source>
        <translation>接受候选</translation>
    </message>
    <message>
        <source>Reject proposal</source>
        <translation>拒绝候选</translation>
    </message>
    <message>
        <source>Keep old mask</source>
        <translation>保留旧掩膜</translation>
    </message>
    <message>
        <source>Accept the other proposals</source>
        <translation>接受其余候选</translation>
    </message>
    <message>
        <source>Reject the other proposals</source>
        <translation>拒绝其余候选</translation>
    </message>
    <message>
        <source>Accept the selected proposals alone</source>
        <translation>只接受所选候选</translation>
    </message>
    <message>
        <source>Accept proposals above a score</source>
        <translation>接受高于某分数的候选</translation>
    </message>
    <message>
        <source>Add object</source>
        <translation>添加对象</translation>
    </message>
    <message>
        <source>Delete objects</source>
        <translation>删除对象</translation>
    </message>
    <message>
        <source>Edit mask</source>
        <translation>编辑掩膜</translation>
    </message>
    <message>
        <source>Change label</source>
        <translation>更改标签</translation>
    </message>
    <message>
        <source>Change attributes</source>
        <translation>更改属性</translation>
    </message>
    <message>
        <source>Lock objects</source>
        <translation>锁定对象</translation>
    </message>
    <message>
        <source>Unlock objects</source>
        <translation>解锁对象</translation>
    </message>
    <message>
        <source>Review objects</source>
        <translation>审核对象</translation>
    </message>
    <message>
        <source>Change image status</source>
        <translation>更改图像状态</translation>
    </message>
    <message>
        <source>Propose masks</source>
        <translation>提出候选掩膜</translation>
    </message>
    <message>
        <source>Segment anew</source>
        <translation>重新分割</translation>
    </message>
    <message>
        <source>Find all like this</source>
        <translation>查找所有相似的</translation>
    </message>
    <message>
        <source>Find by words</source>
        <translation>按词语查找</translation>
    </message>
    <message>
        <source>Import masks</source>
        <translation>导入掩膜</translation>
    </message>
    <message>
        <source>Take back the import</source>
        <translation>撤回导入</translation>
    </message>
    <message>
        <source>Paste objects</source>
        <translation>粘贴对象</translation>
    </message>
    <message>
        <source>Merge labels</source>
        <translation>合并标签</translation>
    </message>
    <message>
        <source>Remove label and objects</source>
        <translation>移除标签及其对象</translation>
    </message>
    <message>
        <source>Take back merging labels</source>
        <translation>还原合并标签</translation>
    </message>
    <message>
        <source>Take back accepting in the folder</source>
        <translation>撤回在文件夹中的接受</translation>
    </message>
    <message>
        <source>Merge objects</source>
        <translation>合并对象</translation>
    </message>
    <message>
        <source>Split objects</source>
        <translation>拆分对象</translation>
    </message>
    <message>
        <source>Cut objects</source>
        <translation>切开对象</translation>
    </message>
    <message>
        <source>Move objects</source>
        <translation>移动对象</translation>
    </message>
    <message>
        <source>Duplicate objects</source>
        <translation>复制对象</translation>
    </message>
    <message>
        <source>Change labels</source>
        <translation>更改标签</translation>
    </message>
</context>
<context>
    <name>SettingsDialog</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Show the mask under the mouse before the click</source>
        <translation>单击前显示鼠标下的掩膜</translation>
    </message>
    <message>
        <source>Look closer at answers, and at what is on the screen when zoomed in</source>
        <translation>让模型细看其结果，放大时细看屏幕上的部分</translation>
    </message>
    <message>
        <source>A box around another object accepts the mask at hand</source>
        <translation>在另一个对象上画框即接受当前掩膜</translation>
    </message>
    <message>
        <source>Leave specks and pinholes out of the model&apos;s masks</source>
        <translation>模型的掩膜中去掉碎点和小孔</translation>
    </message>
    <message>
        <source>Hint after 30 seconds on one object</source>
        <translation>在一个对象上超过 30 秒时提示</translation>
    </message>
    <message>
        <source>Say it when an image is done with nothing on it</source>
        <translation>图像没有对象就标为完成时给出提示</translation>
    </message>
    <message>
        <source>A review marks an image done once nothing on it waits</source>
        <translation>审核中，图像上没有待定项时即标为完成</translation>
    </message>
    <message>
        <source>Smooth the image up to 200 %</source>
        <translation>200 % 以内平滑显示图像</translation>
    </message>
    <message>
        <source>Images of the folders inside a folder, too</source>
        <translation>也包括子文件夹中的图像</translation>
    </message>
    <message>
        <source>The language changes at the next start.</source>
        <translation>语言将在下次启动时更改。</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source> megapixels</source>
        <translation> 百万像素</translation>
    </message>
    <message>
        <source>From the next folder opened</source>
        <translation>从下次打开文件夹起生效</translation>
    </message>
    <message>
        <source> px</source>
        <translation> 像素</translation>
    </message>
    <message>
        <source> GiB</source>
        <translation> GiB</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Specks and holes are smaller than</source>
        <translation>碎点和孔洞小于</translation>
    </message>
    <message>
        <source>Images prepared ahead</source>
        <translation>预先准备的图像数</translation>
    </message>
    <message>
        <source>Disk space for prepared images</source>
        <translation>已准备图像的磁盘空间</translation>
    </message>
    <message>
        <source>Ask before opening images above</source>
        <translation>打开超过此大小的图像前询问</translation>
    </message>
</context>
<context>
    <name>ShortcutEditor</name>
    <message>
        <source>Change keys</source>
        <translation>更改按键</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>使用</translation>
    </message>
    <message>
        <source>Use it, too</source>
        <translation>同时使用</translation>
    </message>
    <message>
        <source>No key</source>
        <translation>无按键</translation>
    </message>
    <message>
        <source>As it was</source>
        <translation>恢复原样</translation>
    </message>
    <message>
        <source>All as they were</source>
        <translation>全部恢复原样</translation>
    </message>
    <message>
        <source>Search for an action or a key</source>
        <translation>搜索操作或按键</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>New key</source>
        <translation>新按键</translation>
    </message>
    <message>
        <source>Press the new key here:</source>
        <translation>在此按下新按键：</translation>
    </message>
    <message>
        <source>In attribute mode</source>
        <translation>属性模式中</translation>
    </message>
    <message>
        <source>This key stays as it is; an attribute that has the letter goes before it.</source>
        <translation>此按键固定不变；若某个属性使用该字母，则属性优先。</translation>
    </message>
    <message>
        <source>These keys stay as they are while attribute mode lasts.</source>
        <translation>在属性模式期间，这些按键固定不变。</translation>
    </message>
    <message>
        <source>Each attribute has a key of its own, which is chosen where the attribute is: “Labels and attributes…” in the menu Label. Without one it has its number.</source>
        <translation>每个属性都有自己的按键，在定义属性处选择：“标签”菜单中的“标签和属性…”。未指定时使用其序号。</translation>
    </message>
    <message>
        <source>Change the value of an attribute</source>
        <translation>更改属性的值</translation>
    </message>
    <message>
        <source>its own, or 1 to 9</source>
        <translation>自有按键，或 1 至 9</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Group</source>
        <translation>组</translation>
    </message>
    <message>
        <source>Next, previous object</source>
        <translation>下一个、上一个对象</translation>
    </message>
    <message>
        <source>Leave attribute mode</source>
        <translation>退出属性模式</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Select a command, then press its new key.</source>
        <translation>选择一个命令，然后按下它的新按键。</translation>
    </message>
    <message>
        <source>These keys stay as they are: Enter, Space, Esc and Tab end or change the mask at hand, and digits, alone or after T, are labels.</source>
        <translation>这些按键保持不变：Enter、空格、Esc 和 Tab 结束或更改当前掩膜，数字（单独或在 T 之后）是标签。</translation>
    </message>
    <message>
        <source>While a review goes on, its letters go before those of other commands.</source>
        <translation>审核进行时，它的字母键优先于其他命令。</translation>
    </message>
    <message>
        <source>{0} cannot be given to another command.</source>
        <translation>{0} 不能给其他命令。</translation>
    </message>
    <message>
        <source>{0} is the key of “{1}”, which would lose it.</source>
        <translation>{0} 是“{1}”的按键，它将失去此键。</translation>
    </message>
    <message>
        <source>The label “{0}” has {1} here; the command would go before it.</source>
        <translation>此处标签“{0}”使用 {1}；命令将优先于它。</translation>
    </message>
    <message>
        <source>{0} is free.</source>
        <translation>{0} 可用。</translation>
    </message>
    <message>
        <source>While a review goes on, {0} is the review&apos;s.</source>
        <translation>审核进行时，{0} 属于审核。</translation>
    </message>
</context>
<context>
    <name>ShortcutSheet</name>
    <message>
        <source>Keys and gestures</source>
        <translation>按键和手势</translation>
    </message>
    <message>
        <source>Search for an action or a key</source>
        <translation>搜索操作或按键</translation>
    </message>
    <message>
        <source>Action</source>
        <translation>操作</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>按键</translation>
    </message>
    <message>
        <source>Change keys…</source>
        <translation>更改按键…</translation>
    </message>
    <message>
        <source>Mouse</source>
        <translation>鼠标</translation>
    </message>
    <message>
        <source>Review (what these keys mean while it goes on)</source>
        <translation>审核（审核进行时这些键的含义）</translation>
    </message>
    <message>
        <source>in the menu</source>
        <translation>在菜单中</translation>
    </message>
    <message>
        <source>Keys of labels in this folder</source>
        <translation>此文件夹中标签的按键</translation>
    </message>
</context>
<context>
    <name>SourceForm</name>
    <message>
        <source>What finds the objects</source>
        <translation>由什么来找对象</translation>
    </message>
    <message>
        <source>the model, asked everywhere</source>
        <translation>模型，处处询问</translation>
    </message>
    <message>
        <source>a detector (TOML file)…</source>
        <translation>检测器（TOML 文件）…</translation>
    </message>
    <message>
        <source>this folder&apos;s own proposer</source>
        <translation>本文件夹自己的提议器</translation>
    </message>
    <message>
        <source>its classes become labels</source>
        <translation>其类别成为标签</translation>
    </message>
    <message>
        <source>Train…</source>
        <translation>训练…</translation>
    </message>
    <message>
        <source>Description of a detector</source>
        <translation>检测器的描述</translation>
    </message>
    <message>
        <source>This folder has no proposer yet.</source>
        <translation>此文件夹还没有提议器。</translation>
    </message>
    <message>
        <source>How good it is was not measured.</source>
        <translation>它的好坏没有测量过。</translation>
    </message>
    <message>
        <source>Precision {0}, recall {1}; images it had not seen: {2}.</source>
        <translation>精确率 {0}，召回率 {1}；未见过的图像：{2} 张。</translation>
    </message>
</context>
<context>
    <name>StatisticsDialog</name>
    <message>
        <source>Statistics</source>
        <translation>统计</translation>
    </message>
    <message>
        <source>Reading the folder…</source>
        <translation>正在读取文件夹…</translation>
    </message>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n 个掩膜</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>{0} on {1}.</source>
        <translation>{1}上有{0}。</translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) wait, and are counted below as well.</source>
        <translation>
            <numerusform>另有 %n 个候选待审核，也计入下表。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) could not be read.</source>
        <translation>
            <numerusform>%n 张图像无法读取。</numerusform>
        </translation>
    </message>
    <message>
        <source>All</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>By stage</source>
        <translation>按阶段</translation>
    </message>
    <message>
        <source>By label</source>
        <translation>按标签</translation>
    </message>
    <message>
        <source>By source</source>
        <translation>按来源</translation>
    </message>
    <message>
        <source>By size</source>
        <translation>按大小</translation>
    </message>
    <message>
        <source>By day</source>
        <translation>按日期</translation>
    </message>
</context>
<context>
    <name>StatusLine</name>
    <message>
        <source>The model is at work</source>
        <translation>模型正在工作</translation>
    </message>
    <message>
        <source>Zoom</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>Pixel under the mouse</source>
        <translation>鼠标下的像素</translation>
    </message>
    <message>
        <source>Restart the model</source>
        <translation>重新启动模型</translation>
    </message>
    <message>
        <source>Go on with the built-in model</source>
        <translation>改用内置模型</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>已保存</translation>
    </message>
    <message>
        <source>Choose a model…</source>
        <translation>选择模型…</translation>
    </message>
    <message>
        <source>State of the image</source>
        <translation>图像的状态</translation>
    </message>
    <message>
        <source>Saving…</source>
        <translation>正在保存…</translation>
    </message>
    <message>
        <source>Not saved</source>
        <translation>未保存</translation>
    </message>
    <message>
        <source>Not saved here, kept in the rescue folder</source>
        <translation>未能保存在此，已存入救援文件夹</translation>
    </message>
    <message>
        <source>View only</source>
        <translation>只读</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>This image is done: click to open it again  («mark-done»)</source>
        <translation>此图像已完成：点击可重新打开  («mark-done»)</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>This image is skipped: click to open it again  («mark-skipped»)</source>
        <translation>此图像已跳过：点击可重新打开  («mark-skipped»)</translation>
    </message>
    <message numerus="yes">
        <source>%n proposal(s) waiting</source>
        <translation>
            <numerusform>待审候选 %n 个</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>in %n image(s)</source>
        <translation>
            <numerusform>，共 %n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>This image: {0}</source>
        <translation>此图像：{0}</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Folder: {0}</source>
        <translation>文件夹：{0}</translation>
    </message>
    <message>
        <source>{0} s per mask</source>
        <translation>每个掩膜 {0} 秒</translation>
    </message>
    <message numerus="yes">
        <source>today {0} s, %n mask(s)</source>
        <translation>
            <numerusform>今天 {0} 秒，%n 个掩膜</numerusform>
        </translation>
    </message>
    <message>
        <source>Seconds of work per mask, pauses not counted</source>
        <translation>每个掩膜的工作秒数，不计停顿</translation>
    </message>
    <message>
        <source>not reachable</source>
        <translation>无法连接</translation>
    </message>
    <message>
        <source>No model is loaded yet</source>
        <translation>尚未加载模型</translation>
    </message>
    <message>
        <source>The model does not answer</source>
        <translation>模型没有响应</translation>
    </message>
    <message>
        <source>What was prepared before can be used. Another model: Ctrl+M</source>
        <translation>之前准备好的图像仍可使用。换用其他模型：Ctrl+M</translation>
    </message>
    <message>
        <source>Waiting for the server…</source>
        <translation>正在等待服务器…</translation>
    </message>
    <message>
        <source>Loading the model…</source>
        <translation>正在加载模型…</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>没有模型</translation>
    </message>
    <message>
        <source>Preparing, your clicks are kept</source>
        <translation>正在准备，您的点击会保留</translation>
    </message>
    <message>
        <source>Preparing the image…</source>
        <translation>正在准备图像…</translation>
    </message>
    <message>
        <source>The image could not be prepared</source>
        <translation>图像无法准备</translation>
    </message>
    <message>
        <source>Prepared in {0} ms</source>
        <translation>准备用时 {0} 毫秒</translation>
    </message>
    <message>
        <source>You have zoomed in: the model sees this part in full detail</source>
        <translation>已放大：模型以完整细节查看这一部分</translation>
    </message>
    <message>
        <source>Ready, close-up</source>
        <translation>就绪，特写</translation>
    </message>
    <message>
        <source>Ready, looking closer…</source>
        <translation>就绪，正在细看…</translation>
    </message>
    <message>
        <source>This model takes its time, so it looks closer only when asked to</source>
        <translation>此模型较慢，只在要求时才细看</translation>
    </message>
    <message>
        <source>Ready; «look-closer» looks closer</source>
        <translation>就绪；按 «look-closer» 细看</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
</context>
<context>
    <name>TakingOver</name>
    <message>
        <source>Take over and edit</source>
        <translation>接管并编辑</translation>
    </message>
</context>
<context>
    <name>TaughtModelsView</name>
    <message>
        <source>Models of this folder</source>
        <translation>此文件夹的模型</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>日期</translation>
    </message>
    <message>
        <source>Learned from</source>
        <translation>学习数据</translation>
    </message>
    <message>
        <source>IoU after 1, 3, 5 clicks</source>
        <translation>1、3、5 次点击后的 IoU</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Use the new one</source>
        <translation>使用新模型</translation>
    </message>
    <message>
        <source>Back to the old one</source>
        <translation>回到旧模型</translation>
    </message>
    <message>
        <source>Rename…</source>
        <translation>重命名…</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Delete…</source>
        <translation>删除…</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n 个掩膜</numerusform>
        </translation>
    </message>
    <message>
        <source>gone</source>
        <translation>已不存在</translation>
    </message>
    <message>
        <source>in use</source>
        <translation>使用中</translation>
    </message>
    <message>
        <source>No model was taught on this folder yet.</source>
        <translation>此文件夹上还没有训练过模型。</translation>
    </message>
    <message>
        <source>{0} is in use; {1} is one click away.</source>
        <translation>正在使用 {0}；点击一次即可回到 {1}。</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>New name:</source>
        <translation>新名称：</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Written: {0}</source>
        <translation>已写入：{0}</translation>
    </message>
    <message>
        <source>Delete the model</source>
        <translation>删除模型</translation>
    </message>
    <message>
        <source>Delete {0} for good?</source>
        <translation>要永久删除 {0} 吗？</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>保留</translation>
    </message>
</context>
<context>
    <name>TeachDialog</name>
    <message>
        <source>Teach the model</source>
        <translation>训练模型</translation>
    </message>
    <message>
        <source>Teach</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Stop and keep the best</source>
        <translation>停止并保留最佳</translation>
    </message>
    <message>
        <source>Throw away</source>
        <translation>丢弃</translation>
    </message>
    <message>
        <source>The model in use learns from the masks of this folder that you accepted or edited; proposals that nobody has looked at do not count. One image in five is held out, to compare it with the model of before. Nothing uses the new one before you say so. You can go on working, and close this window.</source>
        <translation>正在使用的模型从此文件夹中您接受或编辑过的掩膜学习；没有人看过的提议不算在内。每五张图像留出一张，用来与之前的模型比较。在您同意之前，不会使用新模型。您可以继续工作，也可以关闭此窗口。</translation>
    </message>
    <message>
        <source>Starts from</source>
        <translation>起始模型</translation>
    </message>
    <message>
        <source>Minutes of learning</source>
        <translation>学习分钟数</translation>
    </message>
    <message>
        <source>What learns</source>
        <translation>学习的部分</translation>
    </message>
    <message>
        <source>On images held out</source>
        <translation>在留出的图像上</translation>
    </message>
    <message>
        <source>1 click</source>
        <translation>1 次点击</translation>
    </message>
    <message>
        <source>3 clicks</source>
        <translation>3 次点击</translation>
    </message>
    <message>
        <source>5 clicks</source>
        <translation>5 次点击</translation>
    </message>
    <message>
        <source>Box</source>
        <translation>框</translation>
    </message>
    <message>
        <source>Mean IoU on images held out</source>
        <translation>留出图像上的平均 IoU</translation>
    </message>
    <message>
        <source>Models of this folder</source>
        <translation>此文件夹的模型</translation>
    </message>
    <message>
        <source>all of it</source>
        <translation>整个模型</translation>
    </message>
    <message>
        <source>the mask decoder alone</source>
        <translation>仅掩膜解码器</translation>
    </message>
    <message>
        <source>all of it, on the GPU</source>
        <translation>整个模型，在 GPU 上</translation>
    </message>
    <message>
        <source>Counting the masks…</source>
        <translation>正在统计掩膜…</translation>
    </message>
    <message numerus="yes">
        <source>%n mask(s)</source>
        <translation>
            <numerusform>%n 个掩膜</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>There are {0} on {1} to learn from.</source>
        <translation>可供学习的有 {1}上的 {0}。</translation>
    </message>
    <message>
        <source>At least {0} on {1} images are needed.</source>
        <translation>至少需要 {1} 张图像上的 {0} 个。</translation>
    </message>
    <message>
        <source>It usually helps from about {0} on {1} images on.</source>
        <translation>通常从大约 {1} 张图像上的 {0} 个起才有帮助。</translation>
    </message>
    <message>
        <source>That is enough to help.</source>
        <translation>足以有所帮助。</translation>
    </message>
    <message>
        <source>Teaching needs PyTorch, which is not installed: start once with run.py --with-torch.</source>
        <translation>训练需要 PyTorch，但尚未安装：请用 run.py --with-torch 启动一次。</translation>
    </message>
    <message>
        <source>A kill would lose it: it cannot be kept ({0}).</source>
        <translation>无法保存进度（{0}）：若被强行终止将会丢失。</translation>
    </message>
    <message>
        <source>A training was interrupted. Go on with it, or keep what is best so far.</source>
        <translation>一次训练被中断。请继续，或保留目前最佳的结果。</translation>
    </message>
    <message>
        <source>Scoring the model of before: {0} of {1} objects.</source>
        <translation>正在为之前的模型评分：{1} 个对象中的第 {0} 个。</translation>
    </message>
    <message>
        <source>Learning: {0} of {1} minutes, {2} steps.</source>
        <translation>正在学习：{1} 分钟中的 {0} 分钟，{2} 步。</translation>
    </message>
    <message>
        <source>Paused.</source>
        <translation>已暂停。</translation>
    </message>
    <message>
        <source>Comparing it with the model of before…</source>
        <translation>正在与之前的模型比较…</translation>
    </message>
    <message>
        <source>Writing the new model…</source>
        <translation>正在写入新模型…</translation>
    </message>
    <message>
        <source>Starting…</source>
        <translation>正在启动…</translation>
    </message>
    <message>
        <source>before</source>
        <translation>之前</translation>
    </message>
    <message>
        <source>after {0} minutes</source>
        <translation>{0} 分钟后</translation>
    </message>
    <message>
        <source>best so far</source>
        <translation>目前最佳</translation>
    </message>
    <message>
        <source>Preparing the images…</source>
        <translation>正在准备图像…</translation>
    </message>
    <message>
        <source>Stopping; what is best so far is kept.</source>
        <translation>正在停止；保留目前最佳的结果。</translation>
    </message>
    <message>
        <source>Thrown away; the model in use is as it was.</source>
        <translation>已丢弃；正在使用的模型保持不变。</translation>
    </message>
    <message>
        <source>It has learned. Compare it with the model of before.</source>
        <translation>学习完成。请与之前的模型比较。</translation>
    </message>
    <message>
        <source>It was stopped before anything was learned.</source>
        <translation>在学到任何内容之前就停止了。</translation>
    </message>
</context>
<context>
    <name>TermsQuestion</name>
    <message>
        <source>Terms of this model</source>
        <translation>此模型的条款</translation>
    </message>
    <message>
        <source>Do you agree to them and want to use the model?</source>
        <translation>您同意这些条款并要使用该模型吗？</translation>
    </message>
    <message>
        <source>Agree and use it</source>
        <translation>同意并使用</translation>
    </message>
    <message>
        <source>Do not use it</source>
        <translation>不使用</translation>
    </message>
</context>
<context>
    <name>Tools</name>
    <message>
        <source>The mask of the box before is not there yet: wait for it.</source>
        <translation>上一个框的掩膜还没有出来：请稍候。</translation>
    </message>
</context>
<context>
    <name>TrainDialog</name>
    <message>
        <source>Train the proposer</source>
        <translation>训练提议器</translation>
    </message>
    <message>
        <source>Images that are not done teach too (only if most of their objects are there)</source>
        <translation>未完成的图像也参与训练（仅当大部分对象已标注时）</translation>
    </message>
    <message>
        <source>Train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Use it</source>
        <translation>采用</translation>
    </message>
    <message>
        <source>Propose masks…</source>
        <translation>提出候选掩膜…</translation>
    </message>
    <message>
        <source>From the masks you accepted it learns where objects are, whatever their label. One image in five is held out to measure it. This takes minutes without a GPU; you can go on working, and close this window.</source>
        <translation>它从您接受的掩膜学习对象在哪里，不论标签。五分之一的图像留作检验。无 GPU 时需几分钟；期间可继续工作，也可关闭此窗口。</translation>
    </message>
    <message>
        <source>Confidence</source>
        <translation>置信度</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精确率</translation>
    </message>
    <message>
        <source>Recall</source>
        <translation>召回率</translation>
    </message>
    <message>
        <source>Precision and recall on images held out</source>
        <translation>留出图像上的精确率与召回率</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) are done.</source>
        <translation>
            <numerusform>%n 张图像已完成。</numerusform>
        </translation>
    </message>
    <message>
        <source>At least {0} are needed.</source>
        <translation>至少需要 {0} 张。</translation>
    </message>
    <message>
        <source>In use now: {0}</source>
        <translation>当前使用：{0}</translation>
    </message>
    <message>
        <source>Preparing the images…</source>
        <translation>正在准备图像…</translation>
    </message>
    <message>
        <source>Stopped; the proposer of before is as it was.</source>
        <translation>已停止；原来的提议器不变。</translation>
    </message>
    <message>
        <source>Learning…</source>
        <translation>正在学习…</translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s) left</source>
        <translation>
            <numerusform>约剩 %n 分钟</numerusform>
        </translation>
    </message>
    <message>
        <source>nearly done</source>
        <translation>即将完成</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n 张图像</numerusform>
        </translation>
    </message>
    <message>
        <source>Learned from {0} objects on {1}; measured on {2} objects on {3} held out. A box counts as right from an IoU of 0.5 on. Nothing uses it before you say so.</source>
        <translation>从{1}上的 {0} 个对象学习；在留出的{3}上的 {2} 个对象上检验。IoU 达 0.5 的框算正确。在您采用之前不会被使用。</translation>
    </message>
    <message>
        <source>the best balance: used</source>
        <translation>最佳平衡：采用</translation>
    </message>
    <message>
        <source>used; not known how good</source>
        <translation>已采用；好坏未知</translation>
    </message>
    <message>
        <source>It found none of those held out: go on by hand, and train again later.</source>
        <translation>留出的对象一个也没找到：请继续手工标注，以后再训练。</translation>
    </message>
    <message>
        <source>These are too few objects to tell how good it is: accept more first.</source>
        <translation>对象太少，无法判断好坏：请先接受更多对象。</translation>
    </message>
    <message>
        <source>It is this folder&apos;s proposer now.</source>
        <translation>它现在是此文件夹的提议器。</translation>
    </message>
</context>
<context>
    <name>UnknownField</name>
    <message>
        <source>Take this value away</source>
        <translation>移除此值</translation>
    </message>
    <message>
        <source>The label has no such attribute; the value is kept.</source>
        <translation>该标签没有此属性；其值仍保留。</translation>
    </message>
    <message>
        <source>several</source>
        <translation>多个值</translation>
    </message>
</context>
<context>
    <name>Welcome</name>
    <message>
        <source>Open a folder of images to begin</source>
        <translation>打开图像文件夹以开始</translation>
    </message>
    <message>
        <source>Drop a folder or images anywhere in this window,
or choose:</source>
        <translation>把文件夹或图像拖到窗口任意处，
或选择：</translation>
    </message>
    <message>
        <source>Try the sample photographs</source>
        <translation>试用示例照片</translation>
    </message>
    <message>
        <source>Opened lately</source>
        <translation>最近打开</translation>
    </message>
    <message>
        <source>Remove from this list</source>
        <translation>从此列表移除</translation>
    </message>
</context>
<context>
    <name>WhereForm</name>
    <message>
        <source>Where</source>
        <translation>范围</translation>
    </message>
    <message>
        <source>This image</source>
        <translation>此图像</translation>
    </message>
    <message>
        <source>A part of it that you draw</source>
        <translation>您在其中画出的部分</translation>
    </message>
    <message numerus="yes">
        <source>Those selected in the list (%n) that are not done</source>
        <translation>
            <numerusform>列表中选定且未完成的图像（%n 张）</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Every image of the list (%n) that is not done</source>
        <translation>
            <numerusform>列表中所有未完成的图像（%n）</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Those that the list shows now (%n) and are not done</source>
        <translation>
            <numerusform>列表当前显示且未完成的图像（%n 张）</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>Window</name>
    <message>
        <source>Open &amp;recent</source>
        <translation>最近打开(&amp;R)</translation>
    </message>
    <message>
        <source>Tools</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>图像</translation>
    </message>
    <message>
        <source>Labels</source>
        <translation>标签</translation>
    </message>
    <message>
        <source>Objects</source>
        <translation>对象</translation>
    </message>
    <message>
        <source>Review</source>
        <translation>审核</translation>
    </message>
    <message>
        <source>&amp;Panels</source>
        <translation>面板(&amp;P)</translation>
    </message>
    <message>
        <source> [view only]</source>
        <translation> [只读]</translation>
    </message>
    <message>
        <source>30 seconds on this object.</source>
        <translation>在此对象上已用 30 秒。</translation>
    </message>
    <message>
        <source>Accept what there is, or leave it: Esc drops it, then «skip-next» skips the image.</source>
        <translation>接受现有结果，或放弃：Esc 放弃它，再按 «skip-next» 跳过图像。</translation>
    </message>
    <message>
        <source>A right click on it in the list takes that back.</source>
        <translation>在列表中右键点击它即可撤回。</translation>
    </message>
    <message>
        <source>{0} of {1} images are marked…</source>
        <translation>正在标记图像：{0}/{1}…</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) marked done.</source>
        <translation>
            <numerusform>已将 %n 张图像标为已完成。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) marked skipped.</source>
        <translation>
            <numerusform>已将 %n 张图像标为已跳过。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) neither done nor skipped any more.</source>
        <translation>
            <numerusform>%n 张图像不再标为已完成或已跳过。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) are again what they were.</source>
        <translation>
            <numerusform>已恢复 %n 张图像原来的状态。</numerusform>
        </translation>
    </message>
    <message>
        <source>A right click in the list takes that back.</source>
        <translation>在列表中右键点击即可撤回。</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) cannot be changed and stay as they are.</source>
        <translation>
            <numerusform>%n 张图像无法修改，保持不变。</numerusform>
        </translation>
    </message>
    <message>
        <source>No other image is left to do.</source>
        <translation>没有其他待处理的图像了。</translation>
    </message>
    <message>
        <source>The filter of the list hides some of the folder.</source>
        <translation>列表的筛选隐藏了文件夹中的一部分图像。</translation>
    </message>
    <message numerus="yes">
        <source>%n new image(s).</source>
        <translation>
            <numerusform>%n 张新图像。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) gone.</source>
        <translation>
            <numerusform>%n 张图像已不在。</numerusform>
        </translation>
    </message>
    <message>
        <source>The same images as before.</source>
        <translation>图像与之前相同。</translation>
    </message>
    <message>
        <source>Arrows</source>
        <translation>方向键</translation>
    </message>
    <message>
        <source>move the mark, far with Shift</source>
        <translation>移动标记，加 Shift 移得更远</translation>
    </message>
    <message>
        <source>left click</source>
        <translation>左键单击</translation>
    </message>
    <message>
        <source>right click</source>
        <translation>右键单击</translation>
    </message>
    <message>
        <source>begin or end a drag</source>
        <translation>开始或结束拖动</translation>
    </message>
    <message>
        <source>leave</source>
        <translation>离开</translation>
    </message>
    <message>
        <source>The mask on {0} is not accepted yet.</source>
        <translation>{0} 上的掩膜尚未接受。</translation>
    </message>
    <message>
        <source>It is kept, and there again when you come back.</source>
        <translation>它会保留，回到该图像时再次出现。</translation>
    </message>
    <message>
        <source>The mask begun on this image is here again.</source>
        <translation>在此图像上开始的掩膜已恢复。</translation>
    </message>
    <message>
        <source>Enter accepts it, Esc drops it.</source>
        <translation>回车键接受，Esc 键放弃。</translation>
    </message>
    <message>
        <source>Masks that are not accepted cannot be kept at the moment.</source>
        <translation>目前无法保留尚未接受的掩膜。</translation>
    </message>
    <message>
        <source>Accepting works as ever; keeping is tried again. {0}</source>
        <translation>接受掩膜照常可用；会再次尝试保留。{0}</translation>
    </message>
    <message>
        <source>The model has learned: compare it with the one before.</source>
        <translation>模型已学习完成：请与之前的模型比较。</translation>
    </message>
    <message>
        <source>Model &gt; Teach the model…</source>
        <translation>模型 &gt; 训练模型…</translation>
    </message>
    <message>
        <source>Remove from this list</source>
        <translation>从此列表移除</translation>
    </message>
    <message>
        <source>All of them</source>
        <translation>全部</translation>
    </message>
</context>
<context>
    <name>WordsForm</name>
    <message>
        <source>Words</source>
        <translation>词语</translation>
    </message>
    <message>
        <source>wheel, window</source>
        <translation>wheel, window</translation>
    </message>
    <message>
        <source>Detector</source>
        <translation>检测器</translation>
    </message>
    <message>
        <source>Cancel download</source>
        <translation>取消下载</translation>
    </message>
    <message>
        <source>a folder of your own…</source>
        <translation>自己的文件夹…</translation>
    </message>
    <message>
        <source>Folder of a detector: of transformers, or with the TOML file of one in ONNX</source>
        <translation>检测器的文件夹：transformers 的，或含有 ONNX 检测器的 TOML 文件的</translation>
    </message>
    <message>
        <source>Finding by words needs PyTorch and transformers, which are not installed: start once with run.py --with-text.</source>
        <translation>按词语查找需要 PyTorch 和 transformers，但它们没有安装：请用 run.py --with-text 启动一次。</translation>
    </message>
    <message>
        <source>Fetch {0}</source>
        <translation>下载 {0}</translation>
    </message>
    <message>
        <source>It is fetched from its publisher once.</source>
        <translation>只需从发布者处下载一次。</translation>
    </message>
    <message>
        <source>Examples go along with one word, or without any.</source>
        <translation>示例可与一个词一起使用，也可单独使用。</translation>
    </message>
</context>
<context>
    <name>YesNoField</name>
    <message>
        <source>several</source>
        <translation>多个值</translation>
    </message>
    <message>
        <source>not said</source>
        <translation>未填</translation>
    </message>
    <message>
        <source>yes</source>
        <translation>是</translation>
    </message>
    <message>
        <source>no</source>
        <translation>否</translation>
    </message>
</context>
<context>
    <name>commands</name>
    <message>
        <source>This object is locked. The lock in the list of objects unlocks it.</source>
        <translation>此对象已锁定。单击对象列表中的锁即可解锁。</translation>
    </message>
    <message>
        <source>Hidden proposals are shown now: look at them, then do that again.</source>
        <translation>隐藏的候选现已显示：请查看后再操作一次。</translation>
    </message>
    <message>
        <source>A mask is begun: accept it with Enter or drop it with Esc first.</source>
        <translation>有一个未完成的掩膜：请先按 Enter 接受或按 Esc 放弃。</translation>
    </message>
    <message>
        <source>Locked proposals are left: the lock in the list unlocks them.</source>
        <translation>还剩锁定的候选：在列表中点锁图标即可解锁。</translation>
    </message>
</context>
</TS>
